#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace berth::worker {

/// Cuts bytes where they themselves say so (FastCDC: Xia et al., USENIX ATC
/// 2016), so that what is inserted moves no cut but the next.
class chunker {
public:
  /// How many of `bytes` belong to the chunk that has begun; `is_cut` then
  /// says whether it ends behind them.
  size_t take(std::string_view bytes, bool& is_cut);

  /// The next byte begins a chunk.
  void begin() {
    size_ = 0;
    hash_ = 0;
  }

private:
  size_t size_ = 0;
  uint64_t hash_ = 0;
};

} // namespace berth::worker
