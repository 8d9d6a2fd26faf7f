#pragma once

#include "model/workspace.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace berth {

/// A build that starts from an image as it is.
struct image_source {
  std::string reference; ///< as the client wrote it
};

/// A build of a Dockerfile in what an initializer makes.
struct dockerfile_source {
  std::string dockerfile_path; ///< as the client wrote it, like the next two
  std::string dockerfile_version;
  std::string context_path;
  /// Of the repository, if a git initializer makes the context.
  std::string remote_uri;
  std::string clone_target;
  /// A serialized `contentservice.WorkspaceInitializer` whose passwords were
  /// replaced by `extracted-secret/<path>`, and what they were.
  std::string initializer;
  initializer_secrets secrets;
  /// What it reads besides, as of a workspace's.
  std::vector<std::string> snapshots;
  std::vector<std::string> prebuilds;
  std::vector<std::string> local_repositories;
};

using build_source = std::variant<image_source, dockerfile_source>;

/// Whose credentials a caller may use where, as of
/// `builder.BuildRegistryAuth`. Default: nobody's.
struct build_auth {
  bool all = false; ///< the installation's, everywhere
  /// The installation's for the registries of these two repositories...
  bool base_repository = false;
  bool workspace_repository = false;
  std::vector<std::string> any_of; ///< ... and for these, host or host:port
  /// The caller's own: host or host:port to base64 of "user:password".
  std::map<std::string, std::string> additional;
};

/// What a registry is shown. Never in a log, an argument or the database.
struct registry_login {
  std::string user, password; ///< both empty: anonymous
  /// A token that is exchanged for others (`docker login` stores one for some
  /// registries); then `user` and `password` say nothing.
  std::string identity_token;

  bool is_anonymous() const {
    return user.empty() && password.empty() && identity_token.empty();
  }
  bool operator==(const registry_login&) const = default;
};

} // namespace berth
