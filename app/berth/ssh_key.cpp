#include "app/berth/commands.hpp"
#include "app/berth/workspace_call.hpp"

#include <fstream>
#include <iostream>

namespace berth::cli {

namespace {

/// Adds the keys in `from`: one a line, as in authorized_keys.
void add_keys(std::istream& from, wsman::UpdateSSHKeyRequest& request) {
  for (std::string line; std::getline(from, line);) {
    auto first = line.find_first_not_of(" \t\r");
    if (first == line.npos || line[first] == '#')
      continue;
    auto last = line.find_last_not_of(" \t\r");
    request.add_keys(line.substr(first, last - first + 1));
  }
}

int ssh_key(session& run) {
  const auto& operands = run.given.operands;
  if (operands.size() < 2)
    return run.wrong_usage("expected an ID and files of public keys");
  wsman::UpdateSSHKeyRequest request;
  for (size_t i = 1; i < operands.size(); ++i) {
    std::ifstream file;
    if (operands[i] != "-")
      file.open(operands[i]);
    if (!file)
      return run.wrong_usage("cannot read " + operands[i]);
    add_keys(operands[i] == "-" ? std::cin : file, request);
  }
  if (request.keys().empty())
    return run.wrong_usage("there is no key in it");
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
