#pragma once

#include <cstdint>
#include <string>

namespace berth {

/// What is said of who holds more than `limit` bytes; empty of who does not.
/// Begins with `storage limit exceeded: `.
std::string storage_excess(uint64_t bytes, uint64_t limit);

} // namespace berth
