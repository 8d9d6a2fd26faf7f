#include "app/berth/commands.hpp"
#include "app/berth/text.hpp"
#include "app/berth/workspace_call.hpp"

#include <ostream>

namespace berth::cli {

namespace {

/// A snapshot of a large workspace takes minutes; a second call while one is
/// being taken shares its outcome.
constexpr auto snapshot_deadline = std::chrono::hours{1};

constexpr flag snapshot_flags[] = {
  {"no-wait", 0, "",
   "print the name at once; whether it comes to be, a start "
   "from it shows"},
};

int snapshot(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one ID");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::TakeSnapshotRequest request;
  request.set_return_immediately(run.given.has("no-wait"));
  wsman::TakeSnapshotResponse taken;
  auto status = call_about(*to, run.given.operands[0],
                           &wsman::WorkspaceManager::Stub::TakeSnapshot,
                           request, taken, snapshot_deadline);
  if (!status.ok())
    return run.failed(status);
  run.out << (run.is_json() ? to_json(taken, true) : taken.url()) << '\n';
  return exit_ok;
}

} // namespace

const command snapshot_command = {
  .name = "snapshot",
  .operands = "ID [--no-wait]",
  .summary = "take a snapshot of a running workspace and print its name",
  .details = "The name is what `berth start --snapshot` takes.",
  .flags = snapshot_flags,
  .subverbs = {},
  .run = snapshot,
};

} // namespace berth::cli
