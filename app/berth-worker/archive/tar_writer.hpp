#pragma once

#include "model/error.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace berth::worker {

/// Makes a pax tar of entries and their bytes.
class tar_writer {
public:
  using sink = std::function<result<void>(std::string_view)>;

  /// The tar goes to `to` in blocks of `block` bytes; 0: as it comes.
  tar_writer(sink to, int block);
  tar_writer(const tar_writer&) = delete;
  tar_writer& operator=(const tar_writer&) = delete;
  /// Writes nothing more.
  ~tar_writer() { is_given_up_ = true; }

  result<void> open();
  result<void> begin(archive_entry*);
  result<void> write(std::string_view bytes);
  /// The next `count` bytes are a hole that the header told of.
  result<void> skip(int64_t count);
  /// The next `count` bytes are whatever; `to` is given something as long.
  result<void> pretend(int64_t count);
  /// What the entry's bytes are followed by.
  result<void> end_entry();
  /// The end marker.
  result<void> finish();

private:
  static la_ssize_t take(archive*, void* self, const void* data, size_t size);
  caf::error broken(std::string_view what) const;

  sink to_;
  int block_;
  std::vector<char> nothing_;
  caf::error failure_;
  bool is_given_up_ = false;
  /// Last: libarchive writes what it still has when it is freed.
  std::unique_ptr<archive, decltype(&archive_write_free)> writer_;
};

} // namespace berth::worker
