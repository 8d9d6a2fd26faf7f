#pragma once

#include "sys/fd.hpp"

#include <atomic>
#include <chrono>

namespace berth::s3 {

/// Ends every wait of those who share it, at once and for good.
class stop_signal {
public:
  stop_signal();

  void set();
  bool is_set() const { return is_set_; }

  /// Readable from `set` on.
  int fd() const { return event_.get(); }

  /// False if the signal came before the time had passed.
  bool sleep(std::chrono::milliseconds) const;

private:
  sys::fd event_;
  std::atomic<bool> is_set_ = false;
};

} // namespace berth::s3
