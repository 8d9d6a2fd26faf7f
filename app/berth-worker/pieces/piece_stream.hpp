#pragma once

#include "app/berth-worker/archive/input.hpp"
#include "app/berth-worker/pieces/piece_table.hpp"

#include <zstd.h>

#include <memory>
#include <vector>

namespace berth::worker {

/// The tar that an object tells of, from the pieces in it and in others. Each
/// is checked before it is given away.
class piece_stream {
public:
  /// What is no file is copied first, to one without a name in the directory
  /// `scratch`. `data_loss` unless the object's digest and all lengths are what
  /// `from` says.
  static result<piece_stream> open(const object_source& from, int scratch);

  /// The next bytes, empty at the end; valid until the next call.
  result<std::string_view> next();

  const piece_table& table() const { return table_; }
  uint64_t packed_bytes() const { return packed_bytes_; }

private:
  struct object {
    sys::fd copy; ///< if there is one
    int fd = -1;
    uint64_t bytes = 0;
  };

  piece_stream() : ctx_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

  static result<object> open_object(int fd, uint64_t bytes, int scratch);
  result<void> read(const piece&);

  std::vector<object> objects_; ///< the own one is the last
  piece_table table_;
  size_t at_ = 0;
  uint64_t packed_bytes_ = 0;
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> ctx_;
  std::string packed_, raw_;
};

} // namespace berth::worker
