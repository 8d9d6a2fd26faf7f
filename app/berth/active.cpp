#include "app/berth/commands.hpp"
#include "app/berth/find_workspace.hpp"

namespace berth::cli {

namespace {

constexpr flag flags[] = {
  {"closed", 0, "", "its user closed it: the shorter timeout counts"},
};

int active(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one ID");
  auto* to = run.connect();
  if (!to)
    return exit_usage;
  wsman::MarkActiveRequest request;
  request.set_closed(run.given.has("closed"));
  auto status
    = find_workspace(*to, run.given.operands[0], *request.mutable_id());
  wsman::MarkActiveResponse marked;
  if (status.ok())
    status = call(to->manager(), &wsman::WorkspaceManager::Stub::MarkActive,
                  request, marked);
  return status.ok() ? +exit_ok : run.failed(status);
}

} // namespace

const command active_command = {
  .name = "active",
  .operands = "ID [--closed]",
  .summary = "say that somebody is using a workspace",
  .details = "Its timeout starts anew.",
  .flags = flags,
  .subverbs = {},
  .run = active,
};

} // namespace berth::cli
