#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace berth::bench {

/// The value that `share` (0 to 1) of `samples` do not exceed; 0 of none.
template <class T>
T percentile(std::vector<T> samples, double share) {
  if (samples.empty())
    return T{};
  auto rank = std::ceil(share * static_cast<double>(samples.size()));
  auto at = static_cast<size_t>(std::max(rank - 1, 0.0));
  auto nth = samples.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(samples.begin(), nth, samples.end());
  return *nth;
}

template <class T>
T median(std::vector<T> samples) {
  return percentile(std::move(samples), 0.5);
}

inline double milliseconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double, std::milli>(
           std::chrono::steady_clock::now() - then)
    .count();
}

} // namespace berth::bench
