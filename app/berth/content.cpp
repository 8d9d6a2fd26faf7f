#include "app/berth/commands.hpp"
#include "app/berth/content_source.hpp"
#include "app/berth/names.hpp"
#include "app/berth/quarantine.hpp"
#include "app/berth/text.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ostream>

namespace berth::cli {

namespace {

using content_stub = wsdaemon::WorkspaceContentService::Stub;

constexpr std::array<std::string_view, 6> content_verbs
  = {"init", "wait", "snapshot", "backup", "dispose", "quarantine"};

/// A clone, a restore or an archive of a large content takes its time; who
/// does not wait stops nothing.
constexpr auto content_deadline = std::chrono::hours{4};

constexpr flag content_flags[] = {
  git_flag,
  git_user_flag,
  full_clone_flag,
  git_filter_flag,
  snapshot_flag,
  backup_flag,
  empty_flag,
  owner_flag,
  meta_id_flag,
  {"no-storage", 0, "", "init: without backups and snapshots, ever"},
  {"no-wait", 0, "", "snapshot: print the name at once"},
  {"discard", 0, "", "dispose: make no backup"},
  {"logs", 0, "", "dispose: keep the logs of a prebuild's tasks"},
  {"quiet", 'q', "", "say nothing on stderr that is no error"},
};

/// Says on stderr what is going on, and how long it took.
class progress_words {
public:
  progress_words(session& run, std::string_view what, const std::string& id)
    : out_(run.given.has("quiet") ? nullptr : &run.err) {
    if (out_)
      *out_ << what << ' ' << id << std::endl;
  }

  void done(std::string_view what) const {
    std::chrono::duration<double> took
      = std::chrono::steady_clock::now() - began_;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f s", took.count());
    if (out_)
      *out_ << what << " after " << text.data() << '\n';
  }

private:
  std::ostream* out_;
  std::chrono::steady_clock::time_point began_
    = std::chrono::steady_clock::now();
};

int init_content(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() > 2)
    return run.wrong_usage("unexpected " + operands[2]);
  auto source = read_content_source(run.given, git_password());
  if (!source)
    return run.wrong_usage(describe(source.error()));
  wsdaemon::InitWorkspaceRequest request;
  request.set_id(operands.size() == 2 ? operands[1] : new_uuid());
  if (auto wrong = refuse_if_no_id(request.id()))
    return run.wrong_usage(describe(wrong));
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  request.mutable_metadata()->set_owner(source->owner);
  request.mutable_metadata()->set_meta_id(source->meta_id);
  *request.mutable_initializer() = std::move(source->initializer);
  request.set_remote_storage_disabled(run.given.has("no-storage"));
  progress_words words{run, "initializing", request.id()};
  wsdaemon::InitWorkspaceResponse made;
  auto status = call(to->content(), &content_stub::InitWorkspace, request, made,
                     content_deadline);
  if (!status.ok())
    return run.failed(status);
  words.done("ready");
  // Ids need no escapes.
  if (run.is_json())
    run.out << R"({"id":")" << request.id() << R"(","owner":")" << source->owner
            << R"(","metaId":")" << source->meta_id << "\"}\n";
  else
    run.out << request.id() << '\n';
  return exit_ok;
}

/// A call about the content that is named; `words` say what it does.
template <class Request, class Response>
int about_content(session& run, std::string_view words,
                  grpc::Status (content_stub::*method)(grpc::ClientContext*,
                                                       const Request&,
                                                       Response*),
                  Request request, void (*print)(session&, const Response&)) {
  const auto& operands = run.given.operands;
  if (operands.size() != 2)
    return run.wrong_usage("expected " + operands[0] + " ID");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  request.set_id(operands[1]);
  progress_words progress{run, words, printable(operands[1])};
  Response response;
  auto status
    = call(to->content(), method, request, response, content_deadline);
  if (!status.ok())
    return run.failed(status);
  progress.done("done");
  if (run.is_json())
    run.out << to_json(response, true) << '\n';
  else
    print(run, response);
  return exit_ok;
}

int wait_for_content(session& run) {
  return about_content<wsdaemon::WaitForInitRequest,
                       wsdaemon::WaitForInitResponse>(
    run, "waiting for", &content_stub::WaitForInit, {},
    [](session&, const auto&) {});
}

int snapshot_content(session& run) {
  wsdaemon::TakeSnapshotRequest request;
  request.set_return_immediately(run.given.has("no-wait"));
  return about_content<wsdaemon::TakeSnapshotRequest,
                       wsdaemon::TakeSnapshotResponse>(
    run, "archiving", &content_stub::TakeSnapshot, request,
    [](session& to, const auto& taken) { to.out << taken.url() << '\n'; });
}

int backup_content(session& run) {
  return about_content<wsdaemon::BackupWorkspaceRequest,
                       wsdaemon::BackupWorkspaceResponse>(
    run, "archiving", &content_stub::BackupWorkspace, {},
    [](session& to, const auto& taken) { to.out << taken.url() << '\n'; });
}

int dispose_content(session& run) {
  wsdaemon::DisposeWorkspaceRequest request;
  request.set_backup(!run.given.has("discard"));
  request.set_backup_logs(run.given.has("logs"));
  return about_content<wsdaemon::DisposeWorkspaceRequest,
                       wsdaemon::DisposeWorkspaceResponse>(
    run, "disposing of", &content_stub::DisposeWorkspace, request,
    [](session& to, const auto& ended) {
      const auto& git = ended.git_status();
      if (ended.has_git_status() && !to.given.has("quiet"))
        to.err << "git: " << printable(git.branch()) << ", "
               << git.total_uncommited_files() << " uncommitted, "
               << git.total_untracked_files() << " untracked, "
               << git.total_unpushed_commits() << " unpushed\n";
    });
}

int content(session& run) {
  if (run.given.operands.empty())
    return run.wrong_usage(
      "expected init, wait, snapshot, backup, dispose or quarantine");
  const auto& verb = run.given.operands[0];
  if (verb == "init")
    return init_content(run);
  if (verb == "wait")
    return wait_for_content(run);
  if (verb == "snapshot")
    return snapshot_content(run);
  if (verb == "backup")
    return backup_content(run);
  if (verb == "dispose")
    return dispose_content(run);
  if (verb == "quarantine")
    return quarantine(run);
  return run.wrong_usage("no content " + printable(verb));
}

} // namespace

const command content_command = {
  .name = "content",
  .operands = "init [ID] [--git URL[#REF] | --snapshot URL | --backup "
              "OWNER/META | --empty] [OPTIONS] | wait ID | snapshot ID | "
              "backup ID | dispose ID [--discard] | quarantine ls | quarantine "
              "restore NAME [--owner O --meta-id M] | quarantine rm NAME...",
  .summary = "keep contents that no workspace of the node uses",
  .details
  = "For another manager's workspaces, by instance id. init prints the id once "
    "the content is ready; it goes on if we do not wait. dispose makes a "
    "backup and deletes the content then; if the backup fails, all stays. "
    "quarantine is about contents that may be safe nowhere else: restore makes "
    "one the newest backup of its workspace, whose next start finds it, and "
    "keeps it; rm deletes for good. "
    "With --output json, init prints id, owner and metaId, the others print "
    "the responses of wsdaemon.WorkspaceContentService and berth.v1.Node.",
  .flags = content_flags,
  .subverbs = content_verbs,
  .run = content,
};

} // namespace berth::cli
