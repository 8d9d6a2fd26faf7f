#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <string>

/// What a build reads of a repository that somebody else filled: real files and
/// directories of it, never what a link leads to.
namespace berth::worker {

/// The text of the Dockerfile at the inner path `path`; `invalid_argument` if
/// that is no file, or one behind a link.
result<std::string> read_dockerfile(int context, const std::string& path);

/// The directory that COPY and ADD mean, as `read_dockerfile`.
result<sys::fd> find_build_directory(int context, const std::string& path);

} // namespace berth::worker
