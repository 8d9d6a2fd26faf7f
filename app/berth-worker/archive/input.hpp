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
  explicit raw_input(int fd);

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

  int fd_;
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
