#pragma once

#include "model/error.hpp"

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>

namespace berth::cli {

/// The bytes of an archive: of a file (compressed or not, as it is), of stdin
/// for "-", or of a `tar` that packs a directory.
class tar_source {
public:
  static result<tar_source> open(const std::string& path);

  tar_source(tar_source&&) noexcept;
  tar_source& operator=(tar_source&&) = delete;
  ~tar_source();

  /// How many bytes there are in all; 0: unknown.
  uint64_t total() const { return total_; }

  /// Fills `buffer` as far as it goes; 0 at the end.
  result<size_t> read(std::span<char> buffer);

  /// After the end: whether the archive is whole.
  result<void> finish();

private:
  tar_source() = default;

  std::string path_;
  int fd_ = -1;
  pid_t tar_ = -1;
  uint64_t total_ = 0;
};

} // namespace berth::cli
