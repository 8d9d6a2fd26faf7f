#include "app/berth-worker/archive/tar_reader.hpp"

#include <algorithm>
#include <cerrno>

namespace berth::worker {

namespace {

constexpr uint64_t ratio_free = 64ull * 1024 * 1024;
constexpr uint64_t end_marker = 1024; // two blocks of zeros

} // namespace

tar_reader::tar_reader(int fd, tar_limits limits, int signal_fd)
  : tar_reader({}, {}, limits) {
  raw_ = std::make_unique<raw_input>(fd, signal_fd);
  raw_->keep_last(limits.keep_last);
  packed_bytes_ = [raw = raw_.get()] { return raw->bytes(); };
}

tar_reader::tar_reader(byte_stream stream,
                       std::function<uint64_t()> packed_bytes,
                       tar_limits limits)
  : packed_bytes_(std::move(packed_bytes)), limits_(limits),
    stream_(std::move(stream)), reader_(archive_read_new(), archive_read_free) {
  archive_read_support_format_tar(reader_.get());
  archive_read_support_format_empty(reader_.get());
}

result<std::string_view> tar_reader::pull() {
  if (!stream_) {
    auto stream = decompressed(*raw_, limits_.note_frames ? &frames_ : nullptr);
    if (!stream)
      return stream.error();
    stream_ = std::move(*stream);
  }
  if (limits_.unpack_ahead && !ahead_)
    ahead_ = std::make_unique<read_ahead>(stream_, packed_bytes_);
  auto piece = ahead_ ? ahead_->next() : stream_();
  if (!piece)
    return piece;
  auto last = piece->find_last_not_of('\0');
  if (last != piece->npos)
    last_nonzero_ = unpacked_bytes_ + last + 1;
  unpacked_bytes_ += piece->size();
  if (limits_.hash_unpacked)
    unpacked_hash_.add(*piece);
  if (limits_.ratio != 0 && unpacked_bytes_ > ratio_free
      && unpacked_bytes_ / limits_.ratio > packed_bytes())
    return make_error(ec::exhausted, "archive expands beyond any reason");
  return piece;
}

la_ssize_t tar_reader::read(archive* a, void* self_ptr, const void** data) {
  auto* self = static_cast<tar_reader*>(self_ptr);
  auto piece = self->pull();
  if (!piece) {
    self->failure_ = piece.error();
    archive_set_error(a, EIO, "read");
    return -1;
  }
  *data = piece->data();
  return static_cast<la_ssize_t>(piece->size());
}

caf::error tar_reader::broken() const {
  if (failure_)
    return failure_;
  auto* why = archive_error_string(reader_.get());
  return make_error(ec::data_loss,
                    std::string{"archive: "} + (why ? why : "?"));
}

result<archive_entry*> tar_reader::next() {
  auto* a = reader_.get();
  if (!std::exchange(is_open_, true)
      && archive_read_open(a, this, nullptr, read, nullptr) != ARCHIVE_OK)
    return broken();
  archive_entry* entry = nullptr;
  auto rc = archive_read_next_header(a, &entry);
  end_offset_ = static_cast<uint64_t>(
    std::max<int64_t>(0, archive_read_header_position(a)));
  if (rc == ARCHIVE_EOF)
    return nullptr;
  // A warning is about how names are spelt, which we take as they are.
  if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
    return broken();
  if (++entries_ > limits_.entries)
    return make_error(ec::exhausted, "archive has too many entries");
  return entry;
}

result<tar_block> tar_reader::data() {
  const void* bytes = nullptr;
  size_t size = 0;
  int64_t offset = 0;
  for (;;) {
    auto rc = archive_read_data_block(reader_.get(), &bytes, &size, &offset);
    if (rc == ARCHIVE_EOF)
      return tar_block{};
    if (rc != ARCHIVE_OK || offset < 0)
      return broken();
    // The last block of a sparse file that ends in a hole is empty.
    if (size > 0)
      return tar_block{{static_cast<const char*>(bytes), size},
                       static_cast<uint64_t>(offset)};
  }
}

result<void> tar_reader::check_end() {
  if (!limits_.end_marker)
    return {};
  // libarchive takes a stream cut between two entries for a whole one.
  if (last_nonzero_ > end_offset_ || unpacked_bytes_ < end_offset_ + end_marker)
    return make_error(ec::data_loss, "archive has no end marker");
  return {};
}

result<void> tar_reader::finish(const object_source& known) {
  for (;;) {
    auto piece = pull();
    if (!piece)
      return piece.error();
    if (piece->empty())
      break;
  }
  if (auto ok = check_end(); !ok)
    return ok;
  if (limits_.hash_unpacked)
    unpacked_sha256_ = unpacked_hash_.finish();
  if (!raw_)
    return {};
  auto digest = raw_->finish();
  if (!digest)
    return digest.error();
  packed_sha256_ = std::move(*digest);
  if (known.bytes != 0 && known.bytes != raw_->bytes())
    return make_error(ec::data_loss, "archive has the wrong length");
  if (!known.sha256.empty() && known.sha256 != packed_sha256_)
    return make_error(ec::data_loss, "archive has the wrong digest");
  return {};
}

} // namespace berth::worker
