#pragma once

#include "model/resource_limits.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

/// The arithmetic of CPU limits. Bandwidth is counted in thousandths of a core,
/// which is milliseconds of CPU time a second; all of it in whole numbers.
namespace berth {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

/// 0 for a period of less than a millisecond.
uint64_t bandwidth_of_quota(microseconds quota, microseconds period);

/// Of CPU time that was used within a time; 0 if either is not positive.
uint64_t bandwidth_of_usage(nanoseconds used, nanoseconds within);

/// What a cgroup may use within `period`.
microseconds quota_of_bandwidth(uint64_t bandwidth, microseconds period);

/// What is used within a time.
nanoseconds cpu_time_of_bandwidth(uint64_t bandwidth, nanoseconds within);

/// The limit of the first bucket that what was spent does not overflow; the
/// last one's beyond all of them, 0 without any.
uint64_t limit_of_buckets(const std::vector<cpu_bucket>&, nanoseconds spent);

} // namespace berth
