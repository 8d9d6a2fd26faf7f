#include "app/berth/commands.hpp"
#include "app/berth/workspace_call.hpp"
#include "model/duration.hpp"

namespace berth::cli {

namespace {

constexpr flag timeout_flags[] = {
  {"closed", 0, "", "the one that counts once the user closed it"},
};

int timeout(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() != 2)
    return run.wrong_usage("expected an ID and a DURATION");
  auto parsed = parse_duration(operands[1]);
  if (!parsed || parsed->count() < 0)
    return run.wrong_usage(operands[1] + ": expected a duration such as 1h30m");
  wsman::SetTimeoutRequest request;
  request.set_duration(operands[1]);
  request.set_type(run.given.has("closed") ? wsman::CLOSED_TIMEOUT
                                           : wsman::WORKSPACE_TIMEOUT);
  return change_workspace(run, &wsman::WorkspaceManager::Stub::SetTimeout,
                          std::move(request));
}

} // namespace

const command timeout_command = {
  .name = "timeout",
  .operands = "ID DURATION [--closed]",
  .summary = "change after how long without activity a workspace stops",
  .details = "It also switches the shorter timeout off that counts once the "
             "user closed the workspace; --closed sets that one, 0s for none.",
  .flags = timeout_flags,
  .subverbs = {},
  .run = timeout,
};

} // namespace berth::cli
