#pragma once

#include "model/error.hpp"
#include "model/workspace.hpp"

#include <string>
#include <string_view>

namespace berth {

/// Reads a time such as "2026-03-01T12:00:00.5+01:00" or
/// "2026-03-01T11:00:00Z". `invalid_argument` for anything else.
result<wall_time> parse_rfc3339(std::string_view text);

/// In UTC, with up to nine digits of a second and no trailing zeros:
/// "2024-03-01T09:30:00.5Z".
std::string to_rfc3339(wall_time);

} // namespace berth
