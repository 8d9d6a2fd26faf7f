#pragma once

#include "model/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace berth {

/// Reads a duration as Go writes it: an optional sign, then numbers with a
/// unit each (`ns`, `us`, `ms`, `s`, `m`, `h`), such as "1h30m" or "-1.5s"; "0"
/// needs no unit. `invalid_argument` for anything else, and for what 64 bits
/// of nanoseconds cannot hold.
result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// The same back, as Go prints it: "0s", "100ms", "1m30s", "30m0s".
std::string format_duration(std::chrono::nanoseconds);

} // namespace berth
