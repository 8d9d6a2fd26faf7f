#include "app/berth-worker/pieces/entry_print.hpp"

#include "app/berth-worker/archive/file_parts.hpp"
#include "app/berth-worker/pieces/piece_bytes.hpp"

#include <unistd.h>

#include <cerrno>

namespace berth::worker {

namespace {

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void add_text(byte_writer& to, std::string_view text) {
  to.add(static_cast<uint32_t>(text.size()));
  to.add(text);
}

} // namespace

entry_print::entry_print(int64_t settled_before, bool is_view)
  : settled_before_(settled_before), is_view_(is_view), buffer_(64 * 1024) {}

void entry_print::begin() {
  text_.clear();
  is_settled_ = true;
}

result<void> entry_print::add(const tree_entry& entry,
                              const std::string& link) {
  const auto& st = entry.st;
  auto out = byte_writer{};
  add_text(out, entry.path);
  add_text(out, link);
  out.add(uint32_t{st.st_mode});
  out.add(uint32_t{st.st_uid});
  out.add(uint32_t{st.st_gid});
  out.add(static_cast<uint64_t>(nanoseconds(st.st_mtim)));
  auto is_file = S_ISREG(st.st_mode);
  auto origin = origin_of(st);
  if (is_file && is_view_)
    origin = noted_origin(entry).value_or(origin);
  if (is_file) {
    out.add(static_cast<uint64_t>(st.st_size));
    out.add(origin.inode);
    out.add(static_cast<uint64_t>(origin.changed)); // last: see `set_changed`
  } else if (S_ISLNK(st.st_mode)) {
    auto n = ::readlinkat(entry.fd, "", buffer_.data(), buffer_.size());
    if (n < 0)
      return errno_error(errno, "readlinkat", entry.path);
    add_text(out, {buffer_.data(), static_cast<size_t>(n)});
  } else {
    auto read = for_each_xattr(entry, buffer_,
                               [&](const char* name, std::string_view value) {
                                 add_text(out, name);
                                 add_text(out, value);
                                 return result<void>{};
                               });
    if (!read)
      return read;
  }
  last_ = text_.size();
  text_ += out.text();
  last_is_settled_ = is_file ? origin.changed < settled_before_
                                 && nanoseconds(st.st_mtim) < settled_before_
                             : is_view_ || origin.changed < settled_before_;
  is_settled_ = is_settled_ && last_is_settled_;
  return {};
}

digest entry_print::of_data(std::string_view printed) {
  return digest_of("data:" + std::string{printed});
}

void entry_print::set_changed(std::string& text, size_t end, int64_t changed) {
  auto out = byte_writer{};
  out.add(static_cast<uint64_t>(changed));
  text.replace(end - out.text().size(), out.text().size(), out.text());
}

} // namespace berth::worker
