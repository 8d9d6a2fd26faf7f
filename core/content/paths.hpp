#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>

namespace berth {

/// Whether `path` names something below a directory as it stands: relative,
/// non-empty components of at most 255 bytes, no "." or "..", no NUL, at most
/// `max_path` bytes.
bool is_inner_path(std::string_view path, size_t max_path = 4096);

/// The directory below /workspace that a client means: "" is /workspace itself,
/// and one leading "/workspace" and one trailing slash are taken off. Anything
/// that is then not an inner path is refused, not normalised.
result<std::string> content_location(std::string_view text);

/// Like `content_location`, for the checkout of a repository: not in a ".git".
result<std::string> checkout_location(std::string_view text);

} // namespace berth
