#include "core/s3/pace.hpp"

#include <algorithm>
#include <random>

namespace berth::s3 {

using std::chrono::milliseconds;

pace::clock::time_point pace::reserve(clock::time_point now) {
  auto lock = std::lock_guard{mutex_};
  if (!is_down_)
    return now;
  auto when = std::max(now, next_);
  next_ = when + gap_;
  return when;
}

void pace::answered() {
  auto lock = std::lock_guard{mutex_};
  is_down_ = false;
}

void pace::failed() {
  auto lock = std::lock_guard{mutex_};
  if (!is_down_)
    next_ = clock::now() + gap_;
  is_down_ = true;
}

milliseconds back_off(uint32_t n, milliseconds first, milliseconds longest) {
  auto full = std::min(longest, first * (int64_t{1} << std::min(n, 16U)));
  thread_local auto random = std::minstd_rand{std::random_device{}()};
  auto part = std::uniform_int_distribution<int64_t>{0, full.count() / 2};
  return full - milliseconds{part(random)};
}

} // namespace berth::s3
