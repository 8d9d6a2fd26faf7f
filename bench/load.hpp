#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace berth::bench {

/// What a server made of a load.
struct load_result {
  double calls_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  uint64_t failures = 0;
};

/// Keeps `in_flight` calls of DescribeWorkspace for `id` going for `length`,
/// over up to four connections. A short beginning is not counted.
load_result drive(const std::string& address, const std::string& id,
                  unsigned in_flight, std::chrono::milliseconds length);

} // namespace berth::bench
