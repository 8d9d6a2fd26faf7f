#pragma once

#include "model/build.hpp"
#include "model/error.hpp"

#include <string>

namespace berth {

/// What the image that a Dockerfile makes is called: `<repository>:<hash>`, the
/// hash over everything that the source says of what is built, but not over
/// credentials or where the context is checked out. Equal to what other image
/// builders of the platform compute for git.
/// `invalid_argument` for a source without an initializer, and for line ends in
/// what is hashed line by line; `failed_precondition` without a repository.
result<std::string> base_reference(const dockerfile_source& source,
                                   const std::string& repository);

/// What the image that workspaces run is called: `<repository>:<hash>` over the
/// whole reference of its base. `failed_precondition` without a repository.
result<std::string> workspace_reference(const std::string& base_reference,
                                        const std::string& repository);

} // namespace berth
