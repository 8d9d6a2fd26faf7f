#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace berth::bench {

/// Which call is made again and again.
enum class method : uint8_t {
  describe, ///< DescribeWorkspace
  stop,     ///< StopWorkspace, of an id that is not there: nothing to do
};

/// What a server made of a load.
struct load_result {
  double calls_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  uint64_t failures = 0;
};

/// Keeps `in_flight` calls of `which` for `id` going for `length`, over up to
/// four connections. A short beginning is not counted.
load_result drive(const std::string& address, method which,
                  const std::string& id, unsigned in_flight,
                  std::chrono::milliseconds length);

} // namespace berth::bench
