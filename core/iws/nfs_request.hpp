#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Reads what a workspace asks to be mounted over NFS. Pure: no part of it ever
/// reaches a program or a shell.
namespace berth {

/// What the operator allows.
struct nfs_policy {
  std::vector<std::string> hosts; ///< as a source names them; none: no NFS
};

/// What the kernel is told, beside an address for `host`.
struct nfs_plan {
  std::string host;
  std::string path; ///< absolute
  std::vector<std::pair<std::string, std::string>> options;
  bool read_only = false;
};

/// Reads HOST:/PATH and mount options. `invalid_argument` for any other form
/// and every option that is not on a short list with bounded values;
/// `permission_denied` for a host that the policy does not name. What keeps a
/// dead server from hanging the node is always among the options.
result<nfs_plan> parse_nfs(std::string_view source, std::string_view args,
                           const nfs_policy&);

} // namespace berth
