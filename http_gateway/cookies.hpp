#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::http {

/// The values of every cookie of that name in a Cookie header.
std::vector<std::string> cookies_called(std::string_view header,
                                        std::string_view name);

/// A Cookie header without the cookies whose name starts with `prefix` or
/// `__Host-<prefix>`.
std::string without_cookies(std::string_view header, std::string_view prefix);

/// `text` with %XX decoded; nothing if one is broken.
std::optional<std::string> percent_decoded(std::string_view text);

} // namespace berth::http
