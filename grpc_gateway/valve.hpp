#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>

namespace berth::gateway {

/// Bytes on their way from one who sends to one who may be slower. Closes when
/// there are many of them and opens when few are left. Thread-safe.
class valve {
public:
  void add(size_t bytes) {
    auto lock = std::lock_guard{mutex_};
    bytes_ += bytes;
  }

  /// Whether the one who sends may go on. If not, `take` will say when.
  bool stays_open() {
    auto lock = std::lock_guard{mutex_};
    is_open_ = is_open_ && bytes_ < many;
    return is_open_;
  }

  /// So many arrived. Whether it opens by that.
  bool take(size_t bytes) {
    auto lock = std::lock_guard{mutex_};
    bytes_ -= std::min(bytes, bytes_);
    if (is_open_ || bytes_ > few)
      return false;
    is_open_ = true;
    return true;
  }

private:
  static constexpr size_t many = size_t{1} << 20, few = many / 4;

  std::mutex mutex_;
  size_t bytes_ = 0;
  bool is_open_ = true;
};

} // namespace berth::gateway
