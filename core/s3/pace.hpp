#pragma once

#include <chrono>
#include <mutex>

namespace berth::s3 {

/// Spares a store that is down: while requests fail, those of all threads
/// together go out no faster than one in a gap. Thread-safe.
class pace {
public:
  using clock = std::chrono::steady_clock;

  explicit pace(std::chrono::milliseconds gap) : gap_(gap) {}

  /// When a request that is due at `now` may go out.
  clock::time_point reserve(clock::time_point now);

  void answered();
  void failed();

private:
  std::mutex mutex_;
  std::chrono::milliseconds gap_;
  bool is_down_ = false;
  clock::time_point next_{};
};

} // namespace berth::s3
