#pragma once

#include "model/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

/// What the kernel writes into the files of a cgroup.
namespace berth::sys {

/// The number behind `key` in lines of "key number"; nothing without it.
std::optional<uint64_t> number_behind(std::string_view text,
                                      std::string_view key);

/// The text as one number; nothing for "max", "-1" and the like.
std::optional<uint64_t> number_in(std::string_view text);

/// The text as a number of microseconds that can be one.
std::optional<std::chrono::microseconds> micros_in(std::string_view text);

/// A quota of CPU time within a period.
struct cpu_quota {
  std::optional<std::chrono::microseconds> quota; ///< nothing: no limit
  std::chrono::microseconds period{};
  bool operator==(const cpu_quota&) const = default;
};

/// A cpu.max: "max 100000" or "50000 100000".
result<cpu_quota> parse_cpu_max(std::string_view text);

} // namespace berth::sys
