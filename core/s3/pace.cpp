#include "core/s3/pace.hpp"

#include <algorithm>

namespace berth::s3 {

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

} // namespace berth::s3
