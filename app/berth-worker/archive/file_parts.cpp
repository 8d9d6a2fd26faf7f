#include "app/berth-worker/archive/file_parts.hpp"

#include "app/berth-worker/archive/acl.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace berth::worker {

namespace {

constexpr int64_t stat_block = 512;

constexpr auto origin_name = "user.berth.origin";

bool is_kept_xattr(std::string_view name) {
  return is_acl(name)
         || (name.starts_with("user.") && !name.starts_with("user.overlay.")
             && name != origin_name);
}

/// The names, each ended by a NUL; empty where the file system has none.
result<std::string> xattr_names(const tree_entry& entry) {
  auto names = std::string{};
  for (int attempt = 0; attempt < 8; ++attempt) {
    auto size = ::flistxattr(entry.fd, names.data(), names.size());
    if (size < 0 && (errno == ENOTSUP || errno == EPERM))
      return std::string{};
    if (size < 0 && errno == ERANGE) {
      names.clear();
      continue;
    }
    if (size < 0)
      return errno_error(errno, "flistxattr", entry.path);
    if (static_cast<size_t>(size) <= names.size()) {
      names.resize(static_cast<size_t>(size));
      return names;
    }
    names.resize(static_cast<size_t>(size));
  }
  return make_error(ec::aborted, "flistxattr " + entry.path + ": changes");
}

} // namespace

file_origin origin_of(const struct stat& st) {
  return {st.st_ino,
          int64_t{st.st_ctim.tv_sec} * 1'000'000'000 + st.st_ctim.tv_nsec};
}

std::optional<file_origin> noted_origin(const tree_entry& entry) {
  auto out = file_origin{};
  if (::fgetxattr(entry.fd, origin_name, &out, sizeof out) != sizeof out)
    return std::nullopt;
  return out;
}

void note_origin(int fd, const file_origin& what) {
  (void)!::fsetxattr(fd, origin_name, &what, sizeof what, 0);
}

result<std::vector<byte_range>> data_ranges(const tree_entry& from) {
  auto size = static_cast<int64_t>(from.st.st_size);
  if (from.st.st_blocks * stat_block >= size)
    return std::vector{byte_range{0, size}};
  auto out = std::vector<byte_range>{};
  for (int64_t at = 0; at < size;) {
    auto begin = ::lseek(from.fd, at, SEEK_DATA);
    if (begin < 0 && errno == ENXIO)
      break; // a hole up to the end
    if (begin < 0 && errno == EINVAL)
      return std::vector{byte_range{0, size}};
    if (begin < 0)
      return errno_error(errno, "lseek", from.path);
    auto end = ::lseek(from.fd, begin, SEEK_HOLE);
    if (end < 0)
      return errno_error(errno, "lseek", from.path);
    out.push_back({begin, std::min<int64_t>(end, size)});
    at = end;
  }
  // The size was fixed before; the file may have grown or shrunk since.
  std::erase_if(out, [size](const byte_range& r) { return r.begin >= size; });
  return out;
}

result<void> for_each_xattr(
  const tree_entry& from, std::vector<char>& buffer,
  const std::function<result<void>(const char* name, std::string_view value)>&
    visit) {
  auto names = xattr_names(from);
  if (!names)
    return names.error();
  for (size_t begin = 0; begin < names->size();) {
    auto* name = names->data() + begin;
    begin += std::strlen(name) + 1;
    if (!is_kept_xattr(name))
      continue;
    auto size = ::fgetxattr(from.fd, name, buffer.data(), buffer.size());
    if (size < 0 && errno == ENODATA)
      continue;
    if (size < 0)
      return errno_error(errno, "fgetxattr", from.path);
    auto value = std::string_view{buffer.data(), static_cast<size_t>(size)};
    if (auto ok = visit(name, value); !ok)
      return ok;
  }
  return {};
}

} // namespace berth::worker
