#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth {

/// Begins what is said of who holds too much.
inline constexpr std::string_view storage_excess_begin
  = "storage limit exceeded: ";

/// What is said of who holds more than `limit` bytes; empty of who does not.
std::string storage_excess(uint64_t bytes, uint64_t limit);

} // namespace berth
