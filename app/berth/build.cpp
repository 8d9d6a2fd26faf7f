#include "app/berth/build_log.hpp"
#include "app/berth/commands.hpp"
#include "app/berth/content_source.hpp"
#include "app/berth/names.hpp"
#include "app/berth/table.hpp"
#include "app/berth/text.hpp"

#include <ostream>
#include <thread>

namespace berth::cli {

namespace {

constexpr flag build_flags[] = {
  git_flag,
  git_user_flag,
  full_clone_flag,
  git_filter_flag,
  {"dockerfile", 0, "PATH", "in the repository; Dockerfile by default"},
  {"context", 0, "DIR",
   "in the repository, what COPY means; the Dockerfile's by default"},
  {"ref", 0, "REF", "make a workspace image of this image instead"},
  {"force", 'f', "", "though there is an image of this source"},
  owner_flag,
  {"quiet", 'q', "", "show nothing of the build"},
};

bool names_commit(const std::string& ref) {
  return ref.size() == 40
         && ref.find_first_not_of("0123456789abcdef") == ref.npos;
}

result<builder::BuildRequest> read_build_request(const arguments& given) {
  auto out = builder::BuildRequest{};
  out.set_triggered_by(given.value_or("owner", local_owner()));
  if (auto wrong = refuse_if_no_id(out.triggered_by()))
    return wrong;
  out.mutable_auth()->mutable_total()->set_allow_all(true);
  if (given.has("git") == given.has("ref"))
    return refused("expected --git URL or --ref REF");
  if (auto ref = given.value("ref")) {
    out.mutable_source()->mutable_ref()->set_ref(*ref);
    out.set_force_rebuild(given.has("force"));
    return out;
  }
  auto source = read_content_source(given, git_password());
  if (!source)
    return source.error();
  auto& file = *out.mutable_source()->mutable_file();
  *file.mutable_source() = std::move(source->initializer);
  file.mutable_source()->mutable_git()->clear_checkout_location();
  file.set_dockerfile_path(given.value_or("dockerfile", "Dockerfile"));
  file.set_context_path(given.value_or("context", ""));
  // A branch may have moved since its image was built; a commit cannot.
  out.set_force_rebuild(given.has("force")
                        || !names_commit(file.source().git().clone_taget()));
  return out;
}

/// Shows the log of a build while that goes on.
class live_log {
public:
  explicit live_log(session& run) : run_(run) {}
  live_log(const live_log&) = delete;
  live_log& operator=(const live_log&) = delete;
  ~live_log() {
    if (reader_.joinable())
      reader_.join();
  }

  void show(const std::string& build) {
    if (reader_.joinable() || build.empty() || run_.given.has("quiet"))
      return;
    reader_ = std::thread{[this, build] {
      builder::LogsRequest request;
      request.set_build_id(build);
      // What went wrong with it the build itself tells.
      copy_build_log(*run_.connect(), request, run_.err);
    }};
  }

private:
  session& run_;
  std::thread reader_;
};

int build(session& run) {
  if (!run.given.operands.empty())
    return run.wrong_usage(
      "unexpected " + run.given.operands[0]
      + ": the node fetches what it builds by itself, from --git URL; a "
        "directory of yours cannot be sent to it");
  auto request = read_build_request(run.given);
  if (!request)
    return run.wrong_usage(describe(request.error()));
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  grpc::ClientContext context;
  auto stream = to->image_builder().Build(&context, *request);
  builder::BuildResponse last;
  {
    live_log log{run};
    while (stream->Read(&last))
      log.show(last.info().build_id());
  }
  auto status = stream->Finish();
  if (!status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(last, true) << '\n';
  if (last.status() != builder::done_success) {
    run.err << "berth: build: " << printable(last.message()) << '\n';
    return exit_workspace_failed;
  }
  if (!run.is_json())
    run.out << printable(last.ref()) << '\n';
  return exit_ok;
}

std::string status_name(builder::BuildStatus status) {
  switch (status) {
    case builder::running: return "running";
    case builder::done_success: return "done";
    case builder::done_failure: return "failed";
    default: return "unknown";
  }
}

int builds(session& run) {
  if (!run.given.operands.empty())
    return run.wrong_usage("unexpected " + run.given.operands[0]);
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  builder::ListBuildsResponse found;
  auto status
    = call(to->image_builder(), &builder::ImageBuilder::Stub::ListBuilds,
           builder::ListBuildsRequest{}, found);
  if (!status.ok())
    return run.failed(status);
  if (run.is_json()) {
    run.out << to_json(found, true) << '\n';
    return exit_ok;
  }
  table rows{{{.title = "BUILD", .least = 36},
              {.title = "STATUS"},
              {.title = "STARTED", .optional = true},
              {.title = "IMAGE", .least = 20}}};
  for (const auto& each : found.builds())
    rows.add({each.build_id(), status_name(each.status()),
              format_time(each.started_at()), each.ref()});
  rows.print(run.out, output_width());
  return exit_ok;
}

} // namespace

const command build_command = {
  .name = "build",
  .operands = "--git URL[#REF] [--dockerfile PATH] [--context DIR] [-f] | "
              "--ref REF [-f]",
  .summary = "build a workspace image and print its reference",
  .details = "What the build writes goes to stderr, the reference by digest "
             "stands alone on stdout: berth start --image $(berth build ...). "
             "If REF is a commit whose image is there already, nothing is "
             "built. The build goes on if we do not wait. Exit code 3 if it "
             "fails. With --output json: the last builder.BuildResponse.",
  .flags = build_flags,
  .subverbs = {},
  .run = build,
};

const command builds_command = {
  .name = "builds",
  .operands = "",
  .summary = "list image builds that run, or ended a while ago",
  .details = "berth logs --build BUILD prints what one wrote. With --output "
             "json: builder.ListBuildsResponse.",
  .flags = {},
  .subverbs = {},
  .run = builds,
};

} // namespace berth::cli
