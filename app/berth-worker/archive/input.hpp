#pragma once

#include "core/hasher.hpp"
#include "core/worker_job.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace berth::worker {

/// The bytes of a descriptor, counted and hashed as they pass.
class raw_input {
public:
  /// With `signal_fd` the descriptor is a file that is still being written: its
  /// end is the end only after that of `signal_fd`, which says by a byte now
  /// and then that there may be more.
  explicit raw_input(int fd, int signal_fd = -1);

  /// The next bytes, empty at the end; valid until the next call.
  result<std::string_view> next();

  /// What `next` will begin with, at least `enough` bytes unless the end is
  /// nearer.
  result<std::string_view> peek(size_t enough);

  uint64_t bytes() const { return bytes_; }

  /// Reads to the end, then says the digest of everything.
  result<std::string> finish();

private:
  result<size_t> fill(size_t from);
  result<void> await_more();

  int fd_;
  int signal_fd_; ///< -1: nobody writes any more
  std::vector<char> buffer_;
  size_t ready_ = 0; ///< bytes at the front that were peeked
  uint64_t bytes_ = 0;
  hasher hash_;
};

/// A decompressor: the next piece, empty at the end. An end that comes too
/// early is `data_loss`.
using byte_stream = std::function<result<std::string_view>()>;

/// What `in` means, by its first bytes: zstd (window of at most 128 MiB), gzip,
/// lz4, or itself.
result<byte_stream> decompressed(raw_input& in);

} // namespace berth::worker
