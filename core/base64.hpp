#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// Standard alphabet, padded (RFC 4648, section 4).
std::string to_base64(std::string_view bytes);

/// Nothing if `text` is not exactly what `to_base64` writes.
std::optional<std::string> from_base64(std::string_view text);

} // namespace berth
