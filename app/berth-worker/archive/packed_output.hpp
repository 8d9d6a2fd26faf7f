#pragma once

#include "app/berth-worker/archive/early_write.hpp"
#include "core/hasher.hpp"
#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::worker {

/// zstd's level for everything that is packed. Beside 3, its default, 2 takes a
/// quarter less time for 1 % (text) to 5 % (programs) more room; 1 takes a
/// tenth less again, for 5 to 13 % more.
inline constexpr int compression_level = 2;

/// Writes an object to a descriptor; counts and hashes what it wrote.
class packed_output {
public:
  /// `signal_fd`: see `archive_job`; -1: nobody listens.
  packed_output(int fd, int signal_fd);
  ~packed_output();
  packed_output(const packed_output&) = delete;
  packed_output& operator=(const packed_output&) = delete;

  result<void> put(std::string_view bytes);

  uint64_t bytes() const { return bytes_; }

  /// Of all bytes, as the last call.
  std::string sha256() { return hash_.finish(); }

private:
  int fd_;
  int signal_fd_;
  hasher hash_;
  early_write early_;
  uint64_t bytes_ = 0;
};

} // namespace berth::worker
