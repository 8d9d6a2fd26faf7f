#pragma once

#include "app/berth-worker/archive/input.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace berth::worker {

/// A stream that is read on a thread of its own, some blocks ahead of who takes
/// them: one core unpacks while another one writes files.
class read_ahead {
public:
  /// `packed_bytes` says how much was read of what `from` unpacks. Both are
  /// only called on the thread.
  read_ahead(byte_stream from, std::function<uint64_t()> packed_bytes);
  ~read_ahead();
  read_ahead(const read_ahead&) = delete;
  read_ahead& operator=(const read_ahead&) = delete;

  /// As of `from`: empty at the end, valid until the next call.
  result<std::string_view> next();

  /// Up to and with what `next` gave last.
  uint64_t packed_bytes() const { return current_.packed; }

private:
  struct block {
    std::string bytes; ///< empty: there is no more
    uint64_t packed = 0;
    caf::error failure = {};
  };

  void read_on();
  bool put(block);
  std::string spare_buffer();

  byte_stream from_;
  std::function<uint64_t()> packed_bytes_;
  block current_;
  bool is_at_end_ = false;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<block> ready_;
  std::deque<std::string> spare_; ///< buffers to be filled again
  bool is_over_ = false;
  std::jthread thread_; ///< last: it uses the others
};

} // namespace berth::worker
