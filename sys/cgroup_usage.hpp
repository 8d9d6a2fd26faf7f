#pragma once

#include "model/error.hpp"
#include "sys/cgroup.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace berth::sys {

/// What a cgroup has used, uses, and may use.
struct cgroup_usage {
  std::chrono::nanoseconds cpu_time{};
  uint64_t memory_bytes = 0; ///< without file pages that can go at once
  std::optional<uint64_t> cpu_limit_millis; ///< thousandths of a core
  std::optional<uint64_t> memory_limit_bytes;
};

/// Reads it of cgroup `name`, either version. `not_found` if it is not there.
result<cgroup_usage> read_usage(const cgroup_layout&, const std::string& name);

/// How often a cgroup was held to its limits.
struct limit_hits {
  uint64_t oom_kills = 0;     ///< processes ended for want of memory
  uint64_t forks_refused = 0; ///< for being too many
};

/// Reads it of cgroup `name`, either version. `not_found` if it is not there.
result<limit_hits> read_limit_hits(const cgroup_layout&,
                                   const std::string& name);

/// What this machine has.
uint64_t machine_cpu_millis();
result<uint64_t> machine_memory_bytes();

} // namespace berth::sys
