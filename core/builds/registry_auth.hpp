#pragma once

#include "core/images/reference.hpp"
#include "model/build.hpp"
#include "model/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// Registries of images, "host" or "host:port", are compared as they stand:
/// another port or another ending is another registry.

/// Whether a caller with `auth` may use the installation's credentials for
/// `registry`. `any_of` does not open the registries that builds are pushed to:
/// these have words of their own.
bool may_use_installation(const build_auth& auth, const std::string& registry,
                          const settings& all);

/// What the caller brought for `registry`; nothing if that is not base64 of
/// "user:password". The first colon parts them, but for a user that is
/// `registry` with its port.
std::optional<registry_login> additional_login(const build_auth& auth,
                                               const std::string& registry);

/// What a containers-auth.json(5) holds for `image`: of its keys the one that
/// says most of it. Nothing if it holds nothing; `failed_precondition` if it is
/// no such document.
result<std::optional<registry_login>> login_in(std::string_view auth_json,
                                               const image_reference& image);

/// A containers-auth.json(5) with `login` for `registry`, as skopeo and buildah
/// read it; an empty one if it is anonymous.
std::string to_auth_json(const std::string& registry,
                         const registry_login& login);

} // namespace berth
