#include "core/back_off.hpp"

#include <algorithm>
#include <random>

namespace berth {

using std::chrono::milliseconds;

milliseconds back_off(uint32_t n, milliseconds first, milliseconds longest) {
  auto full = std::min(longest, first * (int64_t{1} << std::min(n, 16U)));
  thread_local auto random = std::minstd_rand{std::random_device{}()};
  auto part = std::uniform_int_distribution<int64_t>{0, full.count() / 2};
  return full - milliseconds{part(random)};
}

} // namespace berth
