#include "app/berth-worker/pieces/piece_stream.hpp"

#include "core/hasher.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace berth::worker {

namespace {

caf::error bad_piece(const char* how) {
  return make_error(ec::data_loss, std::string{"archive: a piece "} + how);
}

result<sys::fd> copy_of(int fd, int scratch) {
  constexpr auto flags = O_TMPFILE | O_RDWR | O_CLOEXEC;
  auto copy = sys::fd{::openat(scratch, ".", flags, 0600)};
  if (!copy)
    return errno_error(errno, "openat", "O_TMPFILE");
  auto in = raw_input{fd};
  for (;;) {
    auto bytes = in.next();
    if (!bytes)
      return bytes.error();
    if (bytes->empty())
      return copy;
    if (auto ok = write_all(copy.get(), *bytes, "copy of an object"); !ok)
      return ok.error();
  }
}

result<std::string> sha256_of(int fd) {
  auto in = raw_input{fd};
  return in.finish();
}

} // namespace

result<piece_stream::object> piece_stream::open_object(int fd, uint64_t bytes,
                                                       int scratch) {
  auto out = object{{}, fd, bytes};
  struct stat st {};
  if (::fstat(fd, &st) < 0)
    return errno_error(errno, "fstat", "object");
  if (!S_ISREG(st.st_mode)) {
    auto copy = copy_of(fd, scratch);
    if (!copy)
      return copy.error();
    out.copy = std::move(*copy);
    out.fd = out.copy.get();
    if (::fstat(out.fd, &st) < 0)
      return errno_error(errno, "fstat", "object");
  }
  if (static_cast<uint64_t>(st.st_size) != bytes)
    return make_error(ec::data_loss, "archive has the wrong length");
  return out;
}

result<piece_stream> piece_stream::open(const object_source& from,
                                        int scratch) {
  auto out = piece_stream{};
  for (const auto& part : from.parts) {
    auto opened = open_object(part.fd, part.bytes, scratch);
    if (!opened)
      return opened.error();
    out.objects_.push_back(std::move(*opened));
  }
  auto own = open_object(from.fd, from.bytes, scratch);
  if (!own)
    return own.error();
  auto sha256 = sha256_of(own->fd);
  if (!sha256)
    return sha256.error();
  if (!from.sha256.empty() && *sha256 != from.sha256)
    return make_error(ec::data_loss, "archive has the wrong digest");
  auto table = table_of(own->fd, own->bytes);
  if (!table)
    return table.error();
  if (table->others != out.objects_.size())
    return make_error(ec::data_loss, "archive: it is in other objects");
  out.objects_.push_back(std::move(*own));
  out.table_ = std::move(*table);
  return out;
}

result<std::string_view> piece_stream::next() {
  if (at_ == table_.pieces.size())
    return std::string_view{};
  const auto& what = table_.pieces[at_++];
  if (auto ok = read(what); !ok)
    return ok.error();
  packed_bytes_ += what.packed;
  return std::string_view{raw_};
}

result<void> piece_stream::read(const piece& what) {
  const auto& from = objects_[what.object];
  if (what.offset + what.packed > from.bytes)
    return bad_piece("is not in its object");
  packed_.resize(what.packed);
  for (size_t done = 0; done < packed_.size();) {
    auto n = ::pread(from.fd, packed_.data() + done, packed_.size() - done,
                     static_cast<off_t>(what.offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "pread", "object");
    if (n == 0)
      return bad_piece("is cut off");
    done += static_cast<size_t>(n);
  }
  raw_.resize(what.raw);
  auto n = ZSTD_decompressDCtx(ctx_.get(), raw_.data(), raw_.size(),
                               packed_.data(), packed_.size());
  if (ZSTD_isError(n) || n != raw_.size())
    return bad_piece("cannot be unpacked");
  if (digest_of(raw_) != what.sha256)
    return bad_piece("has the wrong digest");
  return {};
}

} // namespace berth::worker
