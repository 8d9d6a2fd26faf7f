#pragma once

#include "model/error.hpp"

#include <chrono>
#include <string_view>

namespace berth {

/// How long processes waited for a resource, since their cgroup was made.
struct pressure {
  std::chrono::microseconds some{}; ///< one at least
  std::chrono::microseconds full{}; ///< all that had something to do
  bool operator==(const pressure&) const = default;
};

/// A cpu.pressure, io.pressure or memory.pressure. Kernels before 5.13 write no
/// `full` for the CPU.
result<pressure> parse_pressure(std::string_view text);

} // namespace berth
