#include "app/berth/commands.hpp"
#include "app/berth/public_keys.hpp"
#include "app/berth/workspace_call.hpp"

namespace berth::cli {

namespace {

int ssh_key(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() < 2)
    return run.wrong_usage("expected an ID and files of public keys");
  wsman::UpdateSSHKeyRequest request;
  for (size_t i = 1; i < operands.size(); ++i) {
    auto added = add_public_keys(operands[i], *request.mutable_keys());
    if (!added)
      return run.wrong_usage(describe(added.error()));
  }
  return change_workspace(run, &wsman::WorkspaceManager::Stub::UpdateSSHKey,
                          std::move(request));
}

} // namespace

const command ssh_key_command = {
  .name = "ssh-key",
  .operands = "ID FILE...",
  .summary = "say whose SSH keys open a workspace, in place of those before",
  .details = "Each file holds public keys, one a line; - is stdin. Inside the "
             "workspace they are in /.workspace/authorized_keys.",
  .flags = {},
  .subverbs = {},
  .run = ssh_key,
};

} // namespace berth::cli
