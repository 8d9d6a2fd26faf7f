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

/// A zstd frame that was read, and the sha256 of what was in it.
struct frame_seen {
  uint64_t offset = 0;
  uint64_t packed = 0;
  uint64_t raw = 0; ///< 0: skipped
  std::string sha256;
};

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

  /// From now on, keeps the last `count` bytes and more.
  void keep_last(size_t count);
  std::string_view last_bytes() const { return last_; }

  /// Reads to the end, then says the digest of everything.
  result<std::string> finish();

private:
  result<size_t> fill(size_t from);
  result<void> await_more();
  void keep(std::string_view bytes);

  int fd_;
  int signal_fd_; ///< -1: nobody writes any more
  std::vector<char> buffer_;
  size_t ready_ = 0; ///< bytes at the front that were peeked
  uint64_t bytes_ = 0;
  size_t kept_ = 0;
  std::string last_;
  hasher hash_;
};

/// A decompressor: the next piece, empty at the end. An end that comes too
/// early is `data_loss`.
using byte_stream = std::function<result<std::string_view>()>;

/// What `in` means, by its first bytes: zstd (window of at most 128 MiB), gzip,
/// lz4, or itself. Frames of zstd are added to `frames`, if that is given.
result<byte_stream> decompressed(raw_input& in,
                                 std::vector<frame_seen>* frames = nullptr);

} // namespace berth::worker
