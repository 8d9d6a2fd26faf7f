#pragma once

#include "model/build.hpp"
#include "model/error.hpp"

#include <string>

namespace berth {

/// Where in its context a build finds what it needs, as inner paths.
struct context_paths {
  std::string dockerfile;
  std::string directory; ///< of COPY and ADD; may be empty
};

/// What a client means by the paths of `source`: both start at the workspace,
/// a leading "/workspace" and "." are left out, and without a context path it
/// is the Dockerfile's directory. Anything that leads elsewhere is
/// `invalid_argument`.
result<context_paths> build_paths(const dockerfile_source& source);

} // namespace berth
