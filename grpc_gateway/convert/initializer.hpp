#pragma once

#include "core/objects/object_names.hpp"
#include "model/error.hpp"
#include "model/workspace.hpp"

#include <string>
#include <vector>

#include "content-service-api/initializer.pb.h"

namespace berth::gateway {

/// What of an initializer a workspace's spec keeps.
struct initializer_parts {
  std::string bytes; ///< serialized, passwords replaced
  initializer_secrets secrets;
  std::vector<std::string> checkout_locations; ///< below /workspace
  bool is_empty = false;                       ///< it asks for nothing
  std::vector<std::string> snapshots;          ///< that must be there
  std::vector<std::string> prebuilds;          ///< that it can do without
  std::vector<std::string> local_repositories; ///< of this node, absolute
  std::vector<cloned_repository> repositories; ///< that may be mirrored
};

/// Whether every git initializer in the tree has its config: the first thing
/// that is asked of a start.
result<void> require_git_configs(const contentservice::WorkspaceInitializer&);

/// Checks an initializer for `owner` and takes it apart. At most 8 levels and
/// 32 nodes; every path stays below the workspace; git addresses, refs and
/// settings are of the kinds that cannot name a program; snapshots are the
/// owner's own, but for those of a prebuild, which users share.
/// `names` tells which; `allow_file_urls` lets git clone from this node's own
/// paths.
result<initializer_parts>
take_apart(contentservice::WorkspaceInitializer initializer,
           const std::string& owner, const bucket_scheme& names,
           bool allow_file_urls);

} // namespace berth::gateway
