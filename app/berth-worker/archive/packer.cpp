#include "app/berth-worker/archive/packer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace berth::worker {

namespace {

constexpr int compression = 3;
constexpr unsigned most_threads = 8;
constexpr int bytes_per_block = 256 * 1024;

} // namespace

packer::packer(int out_fd, int signal_fd)
  : fd_(out_fd), signal_fd_(signal_fd), ctx_(ZSTD_createCCtx(), ZSTD_freeCCtx),
    writer_(archive_write_new(), archive_write_free), buffer_(1024 * 1024) {}

packer::~packer() {
  if (signal_fd_ >= 0)
    ::close(signal_fd_);
}

result<void> packer::open() {
  // Who reads slowly needs no more signals than fit in.
  if (signal_fd_ >= 0)
    ::fcntl(signal_fd_, F_SETFL, O_NONBLOCK);
  auto threads
    = std::clamp(std::thread::hardware_concurrency(), 1u, most_threads);
  ZSTD_CCtx_setParameter(ctx_.get(), ZSTD_c_compressionLevel, compression);
  ZSTD_CCtx_setParameter(ctx_.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(ctx_.get(), ZSTD_c_nbWorkers,
                         static_cast<int>(threads));
  auto* a = writer_.get();
  // The unrestricted format keeps nanoseconds, which git's index relies on.
  archive_write_set_format_pax(a);
  archive_write_set_bytes_per_block(a, bytes_per_block);
  archive_write_set_bytes_in_last_block(a, 1);
  if (archive_write_open(a, this, nullptr, take, nullptr) != ARCHIVE_OK)
    return broken("open");
  return {};
}

result<void> packer::begin(archive_entry* entry) {
  // A warning is about a name that is not UTF-8; it is stored as bytes.
  auto rc = archive_write_header(writer_.get(), entry);
  if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
    return broken("header");
  return {};
}

result<void> packer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = archive_write_data(writer_.get(), bytes.data(), bytes.size());
    if (n <= 0)
      return broken("data");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

result<void> packer::skip(int64_t count) {
  while (count > 0) {
    // libarchive wants the bytes of a hole, but only counts them.
    auto n = archive_write_data(writer_.get(), buffer_.data(),
                                static_cast<size_t>(count));
    if (n <= 0)
      return broken("hole");
    count -= n;
  }
  return {};
}

result<void> packer::finish() {
  if (archive_write_close(writer_.get()) != ARCHIVE_OK)
    return broken("end");
  if (auto ok = compress({}, ZSTD_e_end); !ok)
    return ok;
  sha256_ = hash_.finish();
  return {};
}

la_ssize_t packer::take(archive* a, void* self_ptr, const void* data,
                        size_t size) {
  auto* self = static_cast<packer*>(self_ptr);
  auto ok
    = self->compress({static_cast<const char*>(data), size}, ZSTD_e_continue);
  if (ok)
    return static_cast<la_ssize_t>(size);
  self->failure_ = ok.error();
  archive_set_error(a, EIO, "write");
  return -1;
}

result<void> packer::compress(std::string_view bytes, ZSTD_EndDirective mode) {
  auto in = ZSTD_inBuffer{bytes.data(), bytes.size(), 0};
  for (;;) {
    auto out = ZSTD_outBuffer{buffer_.data(), buffer_.size(), 0};
    auto left = ZSTD_compressStream2(ctx_.get(), &out, &in, mode);
    if (ZSTD_isError(left))
      return make_error(ec::internal,
                        std::string{"zstd: "} + ZSTD_getErrorName(left));
    if (auto ok = put({buffer_.data(), out.pos}); !ok)
      return ok;
    if (mode == ZSTD_e_end ? left == 0 : in.pos == in.size)
      return {};
  }
}

result<void> packer::put(std::string_view bytes) {
  hash_.add(bytes);
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    auto n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "write", "archive");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  // Full, or nobody reads any more: what was written is there all the same.
  if (signal_fd_ >= 0)
    (void)!::write(signal_fd_, "", 1);
  return {};
}

caf::error packer::broken(std::string_view what) const {
  if (failure_)
    return failure_;
  auto* why = archive_error_string(writer_.get());
  return make_error(ec::internal,
                    "archive " + std::string{what} + ": " + (why ? why : "?"));
}

} // namespace berth::worker
