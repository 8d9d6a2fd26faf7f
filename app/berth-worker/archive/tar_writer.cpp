#include "app/berth-worker/archive/tar_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

namespace berth::worker {

tar_writer::tar_writer(sink to, int block)
  : to_(std::move(to)), block_(block), nothing_(1024 * 1024),
    writer_(archive_write_new(), archive_write_free) {}

result<void> tar_writer::open() {
  auto* a = writer_.get();
  // The unrestricted format keeps nanoseconds, which git's index relies on.
  archive_write_set_format_pax(a);
  archive_write_set_bytes_per_block(a, block_);
  archive_write_set_bytes_in_last_block(a, 1);
  if (archive_write_open(a, this, nullptr, take, nullptr) != ARCHIVE_OK)
    return broken("open");
  return {};
}

result<void> tar_writer::begin(archive_entry* entry) {
  // A warning is about a name that is not UTF-8; it is stored as bytes.
  auto rc = archive_write_header(writer_.get(), entry);
  if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
    return broken("header");
  return {};
}

result<void> tar_writer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = archive_write_data(writer_.get(), bytes.data(), bytes.size());
    if (n <= 0)
      return broken("data");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

result<void> tar_writer::skip(int64_t count) {
  while (count > 0) {
    // libarchive wants the bytes of a hole, but only counts them.
    auto n = archive_write_data(writer_.get(), nothing_.data(),
                                static_cast<size_t>(count));
    if (n <= 0)
      return broken("hole");
    count -= n;
  }
  return {};
}

result<void> tar_writer::pretend(int64_t count) {
  while (count > 0) {
    auto some = std::min<int64_t>(count, static_cast<int64_t>(nothing_.size()));
    if (auto ok = write({nothing_.data(), static_cast<size_t>(some)}); !ok)
      return ok;
    count -= some;
  }
  return {};
}

result<void> tar_writer::end_entry() {
  if (archive_write_finish_entry(writer_.get()) != ARCHIVE_OK)
    return broken("end of an entry");
  return {};
}

result<void> tar_writer::finish() {
  if (archive_write_close(writer_.get()) != ARCHIVE_OK)
    return broken("end");
  return {};
}

la_ssize_t tar_writer::take(archive* a, void* self_ptr, const void* data,
                            size_t size) {
  auto* self = static_cast<tar_writer*>(self_ptr);
  if (!self->is_given_up_ && !self->failure_) {
    auto ok = self->to_({static_cast<const char*>(data), size});
    if (ok)
      return static_cast<la_ssize_t>(size);
    self->failure_ = ok.error();
  }
  archive_set_error(a, EIO, "write");
  return -1;
}

caf::error tar_writer::broken(std::string_view what) const {
  if (failure_)
    return failure_;
  auto* why = archive_error_string(writer_.get());
  return make_error(ec::internal,
                    "archive " + std::string{what} + ": " + (why ? why : "?"));
}

} // namespace berth::worker
