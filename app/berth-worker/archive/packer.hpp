#pragma once

#include "app/berth-worker/archive/packed_output.hpp"
#include "app/berth-worker/archive/tar_writer.hpp"

#include <zstd.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace berth::worker {

/// Writes a pax tar, compressed with zstd as a whole, to a descriptor.
class packer {
public:
  /// `signal_fd`: see `archive_job`; -1: nobody listens.
  packer(int out_fd, int signal_fd);

  result<void> open();
  tar_writer& tar() { return tar_; }
  /// The end marker and the end of the frame.
  result<void> finish();

  uint64_t bytes() const { return out_.bytes(); }
  /// After `finish`.
  const std::string& sha256() const { return sha256_; }

private:
  result<void> compress(std::string_view bytes, ZSTD_EndDirective);

  packed_output out_;
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> ctx_;
  tar_writer tar_;
  std::vector<char> buffer_;
  std::string sha256_;
};

} // namespace berth::worker
