#pragma once

#include <chrono>
#include <cstdint>

/// What a class of workspaces may take of a node beyond memory and processes,
/// which the container's own limits hold. What is 0 or empty has no limit.
namespace berth {

/// Whoever has used no more than `budget` of CPU time beyond the buckets before
/// may have `limit` thousandths of a core.
struct cpu_bucket {
  std::chrono::nanoseconds budget{};
  uint64_t limit = 0;
  bool operator==(const cpu_bucket&) const = default;
};

/// Of each disk, a second.
struct io_limits {
  uint64_t read_bytes = 0;
  uint64_t write_bytes = 0;
  uint32_t read_operations = 0;
  uint32_t write_operations = 0;
  bool operator==(const io_limits&) const = default;
};

/// New TCP connections to the outside.
struct connection_limit {
  uint32_t per_minute = 0;
  uint32_t burst = 0;   ///< so many beyond that at once
  bool enforce = false; ///< else those above the limit are only counted
  bool operator==(const connection_limit&) const = default;
};

} // namespace berth
