#include "core/resources/cpu_limit.hpp"

namespace berth {

namespace {

uint64_t positive(int64_t value) {
  return value > 0 ? static_cast<uint64_t>(value) : 0;
}

} // namespace

uint64_t bandwidth_of_quota(microseconds quota, microseconds period) {
  auto ms = positive(period / std::chrono::milliseconds{1});
  return ms == 0 ? 0 : positive(quota.count()) / ms;
}

uint64_t bandwidth_of_usage(nanoseconds used, nanoseconds within) {
  auto ms = positive(within / std::chrono::milliseconds{1});
  return ms == 0 ? 0 : positive(used / microseconds{1}) / ms;
}

microseconds quota_of_bandwidth(uint64_t bandwidth, microseconds period) {
  return microseconds{
    static_cast<int64_t>(bandwidth * positive(period.count()) / 1000)};
}

nanoseconds cpu_time_of_bandwidth(uint64_t bandwidth, nanoseconds within) {
  return microseconds{static_cast<int64_t>(
    bandwidth * positive(within / std::chrono::milliseconds{1}))};
}

uint64_t limit_of_buckets(const std::vector<cpu_bucket>& buckets,
                          nanoseconds spent) {
  for (const auto& bucket : buckets) {
    spent -= bucket.budget;
    if (spent <= nanoseconds::zero())
      return bucket.limit;
  }
  return buckets.empty() ? 0 : buckets.back().limit;
}

} // namespace berth
