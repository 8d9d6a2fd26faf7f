#include "app/berth/commands.hpp"
#include "app/berth/workspace_call.hpp"

namespace berth::cli {

namespace {

constexpr flag active_flags[] = {
  {"closed", 0, "", "its user closed it: the shorter timeout counts"},
  {"first", 0, "", "only if nobody has used it yet"},
};

int active(session& run) {
  if (run.given.operands.size() != 1)
    return run.wrong_usage("expected one ID");
  wsman::MarkActiveRequest request;
  request.set_closed(run.given.has("closed"));
  request.set_ignore_if_active(run.given.has("first"));
  return change_workspace(run, &wsman::WorkspaceManager::Stub::MarkActive,
                          std::move(request));
}

} // namespace

const command active_command = {
  .name = "active",
  .operands = "ID [--closed] [--first]",
  .summary = "say that somebody is using a workspace",
  .details = "Its timeout starts anew.",
  .flags = active_flags,
  .subverbs = {},
  .run = active,
};

} // namespace berth::cli
