#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace berth {

/// Bytes that wait for a slow reader.
class outbox {
public:
  enum class state {
    empty,   ///< everything is written
    waiting, ///< the reader must read first
    broken,  ///< there is no reader any more
  };

  void push(std::string_view bytes) { bytes_.append(bytes); }

  size_t size() const { return bytes_.size() - written_; }

  /// Writes to the non-blocking `descriptor` what it takes now.
  state flush(int descriptor);

private:
  std::string bytes_;
  size_t written_ = 0; ///< of `bytes_`
};

} // namespace berth
