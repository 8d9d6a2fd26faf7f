#include "app/berth/commands.hpp"
#include "app/berth/workspace_call.hpp"

#include <array>

namespace berth::cli {

namespace {

constexpr std::array<std::string_view, 2> levels = {"owner", "everyone"};

int admit(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() != 2
      || (operands[1] != "owner" && operands[1] != "everyone"))
    return run.wrong_usage("expected an ID and owner or everyone");
  wsman::ControlAdmissionRequest request;
  request.set_level(operands[1] == "everyone" ? wsman::ADMIT_EVERYONE
                                              : wsman::ADMIT_OWNER_ONLY);
  return change_workspace(run, &wsman::WorkspaceManager::Stub::ControlAdmission,
                          std::move(request));
}

} // namespace

const command admit_command = {
  .name = "admit",
  .operands = "ID owner|everyone",
  .summary = "say who may enter a workspace",
  .details = "The owner shows a token; everyone needs none, neither for the "
             "workspace nor for its ports.",
  .flags = {},
  .subverbs = levels,
  .run = admit,
};

} // namespace berth::cli
