#pragma once

#include "actors/message.hpp"
#include "model/build.hpp"

#include <caf/typed_actor.hpp>

#include <string>

namespace berth {

/// The image of this machine's platform that `reference` means now: one that
/// was imported to this node under that name, or else what its registry says.
struct resolve_reference {
  std::string reference; ///< as people write it
  build_auth auth;
  bool use_retry_client = false; ///< tries again what may pass
};

struct resolved_reference {
  std::string reference; ///< registry/repository@sha256:...
  std::string digest;    ///< sha256:... of its manifest
};

/// What a build of `source` would be based on: the digest of an image, asked of
/// its registry, or the name of what a Dockerfile makes, asked of nobody.
struct resolve_base {
  build_source source;
  build_auth auth;
  bool use_retry_client = false;
};

struct base_found {
  std::string reference;
};

/// Whether the workspace image on top of `base_reference` is there: on this
/// node, or else at its registry, which is shown the installation's
/// credentials.
struct find_workspace_image {
  std::string base_reference;
  bool use_retry_client = false;
};

/// Both in a row.
struct resolve_workspace_image {
  build_source source;
  build_auth auth;
  bool use_retry_client = false;
};

struct workspace_image_found {
  std::string reference; ///< what it is or would be called
  std::string base_reference;
  bool exists = false;
};

/// The credentials that a caller with `auth` may show to the registry of
/// `reference`: the installation's, else the caller's own, else none.
struct find_login {
  std::string reference;
  build_auth auth;
};

/// Asks registries what images are called, each question in a sandboxed worker.
///
/// `invalid_argument` for what is no reference, `not_found` if there is no such
/// image, or none of this platform; `unauthenticated` if the registry wants
/// (other) credentials, `permission_denied` if they do not suffice or the
/// registry is inside this network and not configured; `unavailable` if the
/// registry cannot be reached, is too slow or too busy, sends other bytes than
/// its digest promises or no manifest; `internal` if it says that it is broken.
/// Of the registry of workspace images, what is neither "not found" nor
/// `unavailable` is `internal`: its credentials are not the caller's.
/// `failed_precondition` if the repositories of builds or a file of credentials
/// are not configured as they must be.
using resolver_actor = caf::typed_actor<
  caf::replies_to<resolve_reference>::with<resolved_reference>,
  caf::replies_to<resolve_base>::with<base_found>,
  caf::replies_to<find_workspace_image>::with<workspace_image_found>,
  caf::replies_to<resolve_workspace_image>::with<workspace_image_found>,
  caf::replies_to<find_login>::with<registry_login>>;

} // namespace berth

BERTH_MESSAGE(berth::resolve_reference)
BERTH_MESSAGE(berth::resolved_reference)
BERTH_MESSAGE(berth::resolve_base)
BERTH_MESSAGE(berth::base_found)
BERTH_MESSAGE(berth::find_workspace_image)
BERTH_MESSAGE(berth::resolve_workspace_image)
BERTH_MESSAGE(berth::workspace_image_found)
BERTH_MESSAGE(berth::find_login)
BERTH_MESSAGE(berth::registry_login)
