#include "app/berth/commands.hpp"
#include "app/berth/find_workspace.hpp"
#include "app/berth/follow.hpp"
#include "app/berth/text.hpp"

#include <unistd.h>

#include <ostream>

namespace berth::cli {

namespace {

constexpr flag stop_flags[] = {
  {"immediately", 0, "", "give it hardly any time to shut down"},
  {"abort", 0, "", "as --immediately, and make no backup"},
  {"wait", 'w', "", "until it has stopped; exit code 3 if it failed"},
  {"quiet", 'q', "", "with --wait: no phases on stderr"},
};

/// Says how it ended. A backup that failed is a failure of the workspace.
int report(session& run, const wsman::WorkspaceStatus& last) {
  const auto& conditions = last.conditions();
  auto failure = failure_of(last);
  if (!failure.empty())
    run.err << "berth: stop: " << last.id() << " failed: " << failure << '\n';
  if (run.is_json())
    run.out << to_json(last, true) << '\n';
  else if (!run.given.has("quiet"))
    run.err << "final backup: "
            << (conditions.final_backup_complete() == wsman::TRUE ? "complete"
                : conditions.aborted() == wsman::TRUE ? "none, aborted"
                                                      : "none")
            << '\n';
  return failure.empty() ? exit_ok : exit_workspace_failed;
}

int wait_until_stopped(session& run, status_feed& feed) {
  phase_printer printer{run.given.has("quiet") ? nullptr : &run.err,
                        ::isatty(STDERR_FILENO) == 1};
  wsman::WorkspaceStatus last;
  auto status = feed.follow([&](const wsman::WorkspaceStatus& now) {
    printer.show(now);
    last = now;
    return now.phase() == wsman::STOPPED;
  });
  printer.finish();
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) {
    if (!run.given.has("quiet"))
      run.err << "gone\n";
    return exit_ok;
  }
  return status.ok() ? report(run, last) : run.failed(status);
}

int stop(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one ID");
  if (run.given.has("immediately") && run.given.has("abort"))
    return run.wrong_usage("--immediately and --abort exclude each other");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::StopWorkspaceRequest request;
  auto found
    = find_workspace(*to, run.given.operands[0], *request.mutable_id());
  if (!found.ok())
    return run.failed(found);
  request.set_policy(run.given.has("abort")         ? wsman::ABORT
                     : run.given.has("immediately") ? wsman::IMMEDIATELY
                                                    : wsman::NORMALLY);
  std::optional<status_feed> feed;
  if (run.given.has("wait"))
    feed.emplace(*to, request.id(), "");
  wsman::StopWorkspaceResponse stopped;
  auto status
    = call(to->manager(), &wsman::WorkspaceManager::Stub::StopWorkspace,
           request, stopped);
  if (!status.ok())
    return run.failed(status);
  return feed ? wait_until_stopped(run, *feed) : +exit_ok;
}

} // namespace

const command stop_command = {
  .name = "stop",
  .operands = "ID [--immediately | --abort] [--wait]",
  .summary = "stop a workspace and back it up",
  .details = "A harsher stop shortens the one that is under way. A complete "
             "instance id that nobody knows is fine: it is gone. With --wait "
             "and --output json the last wsman.WorkspaceStatus is printed.",
  .flags = stop_flags,
  .subverbs = {},
  .run = stop,
};

} // namespace berth::cli
