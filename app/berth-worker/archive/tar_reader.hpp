#pragma once

#include "app/berth-worker/archive/input.hpp"
#include "app/berth-worker/archive/read_ahead.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <optional>

namespace berth::worker {

struct tar_limits {
  uint64_t entries = 10'000'000;
  /// Unpacked bytes per packed byte, after the first 64 MiB. 0: none.
  uint64_t ratio = 200;
  /// Whether it must end in two blocks of zeros. Some builders of images leave
  /// them out, where digests tell as much.
  bool end_marker = true;
  /// Whether somebody asks for `unpacked_sha256`.
  bool hash_unpacked = false;
  /// Whether somebody asks for `frames`.
  bool note_frames = false;
  /// How many of the last bytes somebody asks for.
  size_t keep_last = 0;
  /// Whether it unpacks while somebody else uses what was unpacked.
  bool unpack_ahead = false;
};

struct tar_block {
  std::string_view bytes; ///< empty: no more
  uint64_t offset = 0;    ///< in the file; what lies between blocks is a hole
};

/// Walks a tar, compressed or not, through a bounded window. Anything wrong
/// with it is `data_loss`, too much of it `exhausted`.
class tar_reader {
public:
  /// `signal_fd`: see `raw_input`.
  tar_reader(int fd, tar_limits, int signal_fd = -1);

  /// Of a stream that is unpacked and checked by others, who count its packed
  /// bytes.
  tar_reader(byte_stream, std::function<uint64_t()> packed_bytes, tar_limits);

  /// The next header, nullptr at the end of the archive.
  result<archive_entry*> next();

  result<tar_block> data();

  /// After `next` said nullptr: reads the rest, which must be the end marker
  /// and padding, and compares with what is known of the object.
  result<void> finish(const object_source& known);

  uint64_t entries() const { return entries_; }

  /// Where the header that `next` read last begins, in the unpacked stream.
  uint64_t entry_offset() const { return end_offset_; }

  /// Packed bytes read so far, for progress.
  uint64_t packed_bytes() const {
    return ahead_ ? ahead_->packed_bytes() : packed_bytes_();
  }

  /// After `finish`, if the limits say so.
  const std::vector<frame_seen>& frames() const { return frames_; }
  std::string_view last_bytes() const { return raw_->last_bytes(); }

  /// After `finish`: of the packed stream, and of the unpacked one if the
  /// limits say that it is hashed.
  const std::string& packed_sha256() const { return packed_sha256_; }
  const std::string& unpacked_sha256() const { return unpacked_sha256_; }

private:
  static la_ssize_t read(archive*, void* self, const void** data);
  result<std::string_view> pull();
  caf::error broken() const;
  result<void> check_end();

  std::unique_ptr<raw_input> raw_; ///< null: others unpack
  std::function<uint64_t()> packed_bytes_;
  tar_limits limits_;
  byte_stream stream_;
  bool is_open_ = false;
  std::vector<frame_seen> frames_;
  hasher unpacked_hash_;
  uint64_t unpacked_bytes_ = 0;
  uint64_t last_nonzero_
    = 0; ///< offset just behind the last byte that is not 0
  uint64_t entries_ = 0;
  uint64_t end_offset_ = 0; ///< where the parser saw the end
  caf::error failure_;
  std::string packed_sha256_;
  std::string unpacked_sha256_;
  std::unique_ptr<archive, decltype(&archive_read_free)> reader_;
  std::unique_ptr<read_ahead> ahead_; ///< last: it uses the others
};

} // namespace berth::worker
