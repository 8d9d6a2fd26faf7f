#include "app/berth/commands.hpp"
#include "app/berth/text.hpp"
#include "app/berth/workspace_call.hpp"

#include <ostream>

namespace berth::cli {

namespace {

/// A large workspace takes minutes; a second call while a backup is being
/// taken shares its outcome.
constexpr auto backup_deadline = std::chrono::hours{1};

int backup(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one ID");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::BackupWorkspaceRequest request;
  wsman::BackupWorkspaceResponse taken;
  auto status = call_about(*to, run.given.operands[0],
                           &wsman::WorkspaceManager::Stub::BackupWorkspace,
                           request, taken, backup_deadline);
  if (!status.ok())
    return run.failed(status);
  run.out << (run.is_json() ? to_json(taken, true) : taken.url()) << '\n';
  return exit_ok;
}

} // namespace

const command backup_command = {
  .name = "backup",
  .operands = "ID",
  .summary = "back a workspace up as it is now and print the backup's name",
  .details = "It goes on; the next start of its meta id restores the newest "
             "backup.",
  .flags = {},
  .subverbs = {},
  .run = backup,
};

} // namespace berth::cli
