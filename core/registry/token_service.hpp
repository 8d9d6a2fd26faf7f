#pragma once

#include "core/content/git_url.hpp"
#include "core/images/reference.hpp"
#include "core/registry/challenge.hpp"

#include <span>
#include <string>

namespace berth {

/// The host that answers for a registry: Docker Hub's is called otherwise.
std::string host_of_registry(const std::string& registry);

/// Whether `known`, hosts or host:port, has the host of a URL; one without a
/// port stands for the scheme's own.
bool is_known_host(const git_url&, std::span<const std::string> known);

/// Who sends us for a token, and whom we know.
struct token_request {
  std::string registry; ///< host or host:port
  std::string repository;
  bool insecure = false; ///< plain HTTP will do
  /// Hosts, or host:port, that may give out tokens for others.
  std::span<const std::string> known_hosts;
};

/// Where a token to read the repository is to be had, as a whole URL. The
/// credentials of the registry go there: `permission_denied` unless that is
/// https on the registry's own host, on one of the domain it is in, or on one
/// that is known. What the registry says of the token's scope is not heeded: it
/// could name another repository.
result<std::string> token_url(const auth_challenge& challenge,
                              const token_request& request);

} // namespace berth
