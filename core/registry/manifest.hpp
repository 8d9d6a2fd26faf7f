#pragma once

#include "model/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// The largest document about an image that we read.
inline constexpr size_t most_manifest_bytes = size_t{4} << 20;

/// How many indexes may stand one behind the other.
inline constexpr int most_index_depth = 2;

/// The document that `index` names for Linux on `architecture`, as "sha256:..."
/// digest; nothing if it is no index but the manifest of an image. `not_found`
/// if it names none, `unavailable` if it is neither of both.
result<std::optional<std::string>> entry_for(std::string_view index,
                                             std::string_view architecture);

/// The token in what a token service answers; `unavailable` if there is none
/// that fits into a header.
result<std::string> token_in(std::string_view answer);

} // namespace berth
