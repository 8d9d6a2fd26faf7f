#pragma once

#include "app/berth-worker/pieces/piece.hpp"
#include "model/error.hpp"

#include <zstd.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace berth::worker {

/// Compresses pieces on all cores and gives them back in the order in which
/// they came.
class frame_pool {
public:
  struct frame {
    uint32_t raw = 0;
    digest sha256{};
    std::string packed; ///< empty: `is_known` said yes
  };

  /// `is_known` is asked on many threads at once.
  explicit frame_pool(std::function<bool(const digest&)> is_known);
  ~frame_pool();
  frame_pool(const frame_pool&) = delete;
  frame_pool& operator=(const frame_pool&) = delete;

  void put(std::string raw);

  /// An empty string, mostly one that has room for a piece already.
  std::string spare();

  /// Whether `take` should come before the next `put`.
  bool is_full() const;
  bool is_empty() const { return in_order_.empty(); }

  /// The oldest one; waits for it.
  result<frame> take();

private:
  struct task {
    std::string raw;
    frame out;
    caf::error failure;
    bool is_done = false;
  };

  /// What a thread compresses with, and into.
  struct workplace {
    std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> with;
    std::vector<char> room;
  };

  void work();
  void compress(task&, workplace&) const;

  std::function<bool(const digest&)> is_known_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<std::shared_ptr<task>> waiting_, in_order_;
  std::vector<std::string> spare_; ///< memory that was new once is dear enough
  bool is_over_ = false;
  std::vector<std::jthread> threads_; ///< last: they use the others
};

} // namespace berth::worker
