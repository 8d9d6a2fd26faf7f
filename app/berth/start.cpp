#include "app/berth/commands.hpp"
#include "app/berth/content_source.hpp"
#include "app/berth/follow.hpp"
#include "app/berth/start_request.hpp"
#include "app/berth/text.hpp"

#include <unistd.h>

#include <cstdlib>
#include <ostream>

namespace berth::cli {

namespace {

using manager_stub = wsman::WorkspaceManager::Stub;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The image where no option names one. None at all is left to berthd, which
/// may have a default.
grpc::Status choose_image(const connection& to, std::string& image) {
  image = environment("BERTH_IMAGE");
  if (!image.empty())
    return grpc::Status::OK;
  v1::ListImagesResponse local;
  auto status = call(to.node(), &v1::Node::Stub::ListImages,
                     v1::ListImagesRequest{}, local);
  if (status.ok() && local.images_size() == 1)
    image = local.images(0).name();
  return status;
}

/// Where a waited-for start stands: not decided yet, running, or failed.
enum class verdict { open, running, failed };

verdict judge(const wsman::WorkspaceStatus& status) {
  switch (status.phase()) {
    case wsman::RUNNING: return verdict::running;
    case wsman::STOPPING: return verdict::open;
    case wsman::STOPPED:
      // A prebuild may be through before anybody saw it run.
      return status.spec().headless() && failure_of(status).empty()
               ? verdict::running
               : verdict::failed;
    default: return verdict::open;
  }
}

int report_failure(session& run, const wsman::WorkspaceStatus& status) {
  auto why = failure_of(status);
  if (why.empty())
    why = printable(status.conditions().timeout());
  if (why.empty())
    why = "it was stopped before it ran";
  run.err << "berth: start: " << status.id() << " failed: " << why << '\n';
  return exit_workspace_failed;
}

int wait_until_running(session& run, status_feed& feed) {
  phase_printer printer{run.given.has("quiet") ? nullptr : &run.err,
                        ::isatty(STDERR_FILENO) == 1};
  wsman::WorkspaceStatus last;
  auto status = feed.follow([&](const wsman::WorkspaceStatus& now) {
    printer.show(now);
    last = now;
    return judge(now) != verdict::open;
  });
  printer.finish();
  if (!status.ok())
    return run.failed(status);
  if (run.is_json())
    run.out << to_json(last, true) << '\n';
  return judge(last) == verdict::running ? +exit_ok : report_failure(run, last);
}

int print_status(session& run, const std::string& id) {
  wsman::DescribeWorkspaceRequest request;
  wsman::DescribeWorkspaceResponse found;
  request.set_id(id);
  auto status = call(run.connect()->manager(), &manager_stub::DescribeWorkspace,
                     request, found);
  if (!status.ok())
    return run.failed(status);
  run.out << to_json(found.status(), true) << '\n';
  return exit_ok;
}

int start(session& run) {
  if (!run.given.operands.empty())
    return run.wrong_usage("unexpected " + run.given.operands[0]);
  auto asked = start_request(run.given, git_password());
  if (!asked)
    return run.wrong_usage(describe(asked.error()));
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  if (asked->spec().workspace_image().empty()) {
    auto status
      = choose_image(*to, *asked->mutable_spec()->mutable_workspace_image());
    if (!status.ok())
      return run.failed(status);
  }
  std::optional<status_feed> feed;
  if (run.given.has("wait"))
    feed.emplace(*to, asked->id(), asked->metadata().meta_id());
  wsman::StartWorkspaceResponse started;
  auto status = call(to->manager(), &manager_stub::StartWorkspace, *asked,
                     started, start_deadline);
  if (!status.ok())
    return run.failed(status);
  if (!run.is_json())
    run.out << asked->id() << std::endl;
  if (!run.given.has("quiet") && !started.url().empty())
    run.err << asked->metadata().meta_id() << "  " << printable(started.url())
            << '\n';
  if (feed)
    return wait_until_running(run, *feed);
  return run.is_json() ? print_status(run, asked->id()) : +exit_ok;
}

} // namespace

const command start_command = {
  .name = "start",
  .operands = "[--git URL[#REF] | --snapshot URL | --backup OWNER/META | "
              "--empty] [OPTIONS]",
  .summary = "start a workspace and print its instance id",
  .details = "The id stands alone on stdout, all else goes to stderr, so that "
             "ID=$(berth start ...) works. With --output json the status is "
             "printed instead.",
  .flags = start_flags,
  .subverbs = {},
  .run = start,
};

} // namespace berth::cli
