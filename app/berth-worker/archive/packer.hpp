#pragma once

#include "core/hasher.hpp"
#include "model/error.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <zstd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace berth::worker {

/// Writes a pax tar, compressed with zstd, to a descriptor; counts and hashes
/// what it wrote.
class packer {
public:
  /// `signal_fd`: see `archive_job`; -1: nobody listens.
  packer(int out_fd, int signal_fd);
  ~packer();
  packer(const packer&) = delete;
  packer& operator=(const packer&) = delete;

  result<void> open();
  result<void> begin(archive_entry*);
  result<void> write(std::string_view bytes);
  /// The next `count` bytes are a hole that the header told of.
  result<void> skip(int64_t count);
  /// The end marker and the end of the frame.
  result<void> finish();

  uint64_t bytes() const { return bytes_; }
  /// After `finish`.
  const std::string& sha256() const { return sha256_; }

private:
  static la_ssize_t take(archive*, void* self, const void* data, size_t size);
  result<void> compress(std::string_view bytes, ZSTD_EndDirective);
  result<void> put(std::string_view bytes);
  caf::error broken(std::string_view what) const;

  int fd_;
  int signal_fd_;
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> ctx_;
  std::unique_ptr<archive, decltype(&archive_write_free)> writer_;
  std::vector<char> buffer_;
  hasher hash_;
  uint64_t bytes_ = 0;
  caf::error failure_;
  std::string sha256_;
};

} // namespace berth::worker
