#include "app/berth-worker/archive/input.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace berth::worker {

namespace {

constexpr size_t block = 1024 * 1024;
constexpr int window_log_max = 27; // 128 MiB

class zstd_stream {
public:
  zstd_stream(raw_input& in, std::vector<frame_seen>* frames)
    : in_(in), frames_(frames), ctx_(ZSTD_createDCtx(), ZSTD_freeDCtx),
      out_(block) {
    ZSTD_DCtx_setParameter(ctx_.get(), ZSTD_d_windowLogMax, window_log_max);
  }

  result<std::string_view> next() {
    for (;;) {
      if (pending_.pos == pending_.size) {
        auto more = in_.next();
        if (!more)
          return more.error();
        if (more->empty())
          return at_end();
        taken_ += pending_.size;
        pending_ = {more->data(), more->size(), 0};
      }
      auto out = ZSTD_outBuffer{out_.data(), out_.size(), 0};
      // The decoder may hold output back; it then stays "in a frame".
      auto rc = ZSTD_decompressStream(ctx_.get(), &out, &pending_);
      if (ZSTD_isError(rc))
        return make_error(ec::data_loss,
                          std::string{"zstd: "} + ZSTD_getErrorName(rc));
      between_frames_ = rc == 0;
      if (frames_)
        note({out_.data(), out.pos});
      if (out.pos > 0)
        return std::string_view{out_.data(), out.pos};
    }
  }

private:
  result<std::string_view> at_end() {
    if (between_frames_)
      return std::string_view{};
    auto out = ZSTD_outBuffer{out_.data(), out_.size(), 0};
    auto nothing = ZSTD_inBuffer{nullptr, 0, 0};
    auto rc = ZSTD_decompressStream(ctx_.get(), &out, &nothing);
    if (ZSTD_isError(rc) || (rc != 0 && out.pos == 0))
      return make_error(ec::data_loss, "zstd: stream ends too early");
    between_frames_ = rc == 0;
    if (frames_)
      note({out_.data(), out.pos});
    return std::string_view{out_.data(), out.pos};
  }

  /// What of the frame came now; whether it ended is known.
  void note(std::string_view bytes) {
    frame_hash_.add(bytes);
    frame_.raw += bytes.size();
    if (!between_frames_)
      return;
    auto end = taken_ + pending_.pos;
    frame_.packed = end - frame_.offset;
    frame_.sha256 = std::exchange(frame_hash_, hasher{}).finish();
    frames_->push_back(std::exchange(frame_, {}));
    frame_.offset = end;
  }

  raw_input& in_;
  std::vector<frame_seen>* frames_;
  frame_seen frame_; ///< the one that is being read
  hasher frame_hash_;
  uint64_t taken_ = 0; ///< bytes before `pending_`
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> ctx_;
  std::vector<char> out_;
  ZSTD_inBuffer pending_{nullptr, 0, 0};
  bool between_frames_ = false;
};

/// By zlib and not by libarchive's filter, which does not look at the check
/// sums. One member after the other, as gzip(1) takes it, and zeros behind.
class gzip_stream {
public:
  explicit gzip_stream(raw_input& in) : in_(in), out_(block) {
    constexpr int gzip_only = 16;
    is_ready_ = ::inflateInit2(&z_, gzip_only + MAX_WBITS) == Z_OK;
  }
  gzip_stream(const gzip_stream&) = delete;
  gzip_stream& operator=(const gzip_stream&) = delete;
  ~gzip_stream() { ::inflateEnd(&z_); }

  result<std::string_view> next() {
    if (!is_ready_)
      return make_error(ec::internal, "zlib");
    for (;;) {
      if (z_.avail_in == 0) {
        auto more = in_.next();
        if (!more)
          return more.error();
        if (more->empty())
          return between_members_ ? std::string_view{} : broken("ends early");
        z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(more->data()));
        z_.avail_in = static_cast<uInt>(more->size());
      }
      if (between_members_ && *z_.next_in == 0)
        is_padding_ = true;
      if (is_padding_) {
        if (std::any_of(z_.next_in, z_.next_in + z_.avail_in,
                        [](auto byte) { return byte != 0; }))
          return broken("has garbage at its end");
        z_.avail_in = 0;
        continue;
      }
      if (auto got = inflate_some(); !got || !got->empty())
        return got;
    }
  }

private:
  static result<std::string_view> broken(const char* how) {
    return make_error(ec::data_loss, std::string{"gzip: the stream "} + how);
  }

  result<std::string_view> inflate_some() {
    between_members_ = false;
    z_.next_out = reinterpret_cast<Bytef*>(out_.data());
    z_.avail_out = static_cast<uInt>(out_.size());
    auto rc = ::inflate(&z_, Z_NO_FLUSH);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
      return broken("is damaged");
    if (rc == Z_STREAM_END) {
      between_members_ = true;
      ::inflateReset(&z_);
    }
    return std::string_view{out_.data(), out_.size() - z_.avail_out};
  }

  raw_input& in_;
  std::vector<char> out_;
  z_stream z_{};
  bool is_ready_ = false;
  bool between_members_ = false;
  bool is_padding_ = false;
};

/// lz4, by libarchive's filter alone.
class filtered_stream {
public:
  explicit filtered_stream(raw_input& in)
    : in_(in), reader_(archive_read_new(), archive_read_free) {
    auto* a = reader_.get();
    archive_read_support_filter_lz4(a);
    archive_read_support_format_raw(a);
    archive_read_support_format_empty(a);
  }

  result<std::string_view> next() {
    auto* a = reader_.get();
    if (!opened_) {
      opened_ = true;
      archive_entry* entry = nullptr;
      auto rc = archive_read_open(a, this, nullptr, read, nullptr);
      if (rc == ARCHIVE_OK)
        rc = archive_read_next_header(a, &entry);
      if (rc == ARCHIVE_EOF)
        return std::string_view{};
      if (rc != ARCHIVE_OK)
        return broken();
    }
    const void* data = nullptr;
    size_t size = 0;
    int64_t offset = 0;
    auto rc = archive_read_data_block(a, &data, &size, &offset);
    if (rc == ARCHIVE_EOF)
      return std::string_view{};
    if (rc != ARCHIVE_OK)
      return broken();
    return std::string_view{static_cast<const char*>(data), size};
  }

private:
  static la_ssize_t read(archive* a, void* self_ptr, const void** data) {
    auto* self = static_cast<filtered_stream*>(self_ptr);
    auto more = self->in_.next();
    if (!more) {
      self->failure_ = more.error();
      archive_set_error(a, EIO, "read");
      return -1;
    }
    *data = more->data();
    return static_cast<la_ssize_t>(more->size());
  }

  caf::error broken() {
    if (failure_)
      return failure_;
    auto* why = archive_error_string(reader_.get());
    return make_error(ec::data_loss,
                      std::string{"lz4: "} + (why ? why : "it is damaged"));
  }

  raw_input& in_;
  std::unique_ptr<archive, decltype(&archive_read_free)> reader_;
  caf::error failure_;
  bool opened_ = false;
};

template <class Stream>
byte_stream share(std::shared_ptr<Stream> stream) {
  return [stream] { return stream->next(); };
}

} // namespace

raw_input::raw_input(int fd, int signal_fd)
  : fd_(fd), signal_fd_(signal_fd), buffer_(block) {
  // A pipe cannot, and need not.
  ::lseek(fd, 0, SEEK_SET);
}

result<size_t> raw_input::fill(size_t from) {
  for (;;) {
    auto n = ::read(fd_, buffer_.data() + from, buffer_.size() - from);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "read", "archive");
    auto got = static_cast<size_t>(n);
    if (got == 0 && signal_fd_ >= 0) {
      if (auto ok = await_more(); !ok)
        return ok.error();
      continue;
    }
    hash_.add({buffer_.data() + from, got});
    bytes_ += got;
    if (kept_ > 0)
      keep({buffer_.data() + from, got});
    return got;
  }
}

void raw_input::keep_last(size_t count) {
  kept_ = count;
  if (count > 0)
    last_.reserve(2 * count + block); // it never grows beyond that
}

void raw_input::keep(std::string_view bytes) {
  if (last_.size() > 2 * kept_)
    last_.erase(0, last_.size() - kept_);
  last_.append(bytes);
}

result<void> raw_input::await_more() {
  char signals[512];
  auto n = ::read(signal_fd_, signals, sizeof signals);
  if (n < 0 && errno != EINTR)
    return errno_error(errno, "read", "signals");
  if (n == 0)
    signal_fd_ = -1; // what it has written until now is all
  return {};
}

result<std::string_view> raw_input::peek(size_t enough) {
  while (ready_ < enough) {
    auto got = fill(ready_);
    if (!got)
      return got.error();
    if (*got == 0)
      break;
    ready_ += *got;
  }
  return std::string_view{buffer_.data(), ready_};
}

result<std::string_view> raw_input::next() {
  if (auto size = std::exchange(ready_, 0); size > 0)
    return std::string_view{buffer_.data(), size};
  auto got = fill(0);
  if (!got)
    return got.error();
  return std::string_view{buffer_.data(), *got};
}

result<std::string> raw_input::finish() {
  for (;;) {
    auto more = next();
    if (!more)
      return more.error();
    if (more->empty())
      return hash_.finish();
  }
}

result<byte_stream> decompressed(raw_input& in,
                                 std::vector<frame_seen>* frames) {
  auto head = in.peek(6);
  if (!head)
    return head.error();
  auto starts
    = [&](std::string_view magic) { return head->starts_with(magic); };
  auto is_skippable = head->size() >= 4 && ((*head)[0] & 0xf0) == 0x50
                      && head->substr(1).starts_with("\x2a\x4d\x18");
  if (starts("\x28\xb5\x2f\xfd") || is_skippable)
    return share(std::make_shared<zstd_stream>(in, frames));
  if (starts("\x1f\x8b"))
    return share(std::make_shared<gzip_stream>(in));
  if (starts("\x04\x22\x4d\x18"))
    return share(std::make_shared<filtered_stream>(in));
  return byte_stream{[&in] { return in.next(); }};
}

} // namespace berth::worker
