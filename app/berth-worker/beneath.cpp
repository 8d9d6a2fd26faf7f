#include "app/berth-worker/beneath.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

namespace berth::worker {

namespace {

constexpr size_t longest_call = 3000; // openat2(2) takes less than PATH_MAX

struct close_directory {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using directory_stream = std::unique_ptr<DIR, close_directory>;

result<sys::fd> open_once(int dir, const std::string& path, int flags,
                          mode_t mode) {
  auto how = open_how{};
  how.flags = static_cast<uint64_t>(flags) | O_NOFOLLOW | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS
                | RESOLVE_NO_XDEV;
  // openat2(2): EAGAIN means that something was renamed meanwhile.
  for (int attempt = 0; attempt < 8; ++attempt) {
    auto raw = ::syscall(SYS_openat2, dir, path.c_str(), &how, sizeof(how));
    if (raw >= 0)
      return sys::fd{static_cast<int>(raw)};
    if (errno != EAGAIN && errno != EINTR)
      return errno_error(errno, "openat2", path);
  }
  return make_error(ec::aborted, "openat2 " + path + ": changes too fast");
}

result<directory_stream> list(int dir) {
  auto raw = ::openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (raw < 0)
    return errno_error(errno, "openat", ".");
  auto stream = directory_stream{::fdopendir(raw)};
  if (!stream) {
    auto err = errno_error(errno, "fdopendir", ".");
    ::close(raw);
    return err;
  }
  return stream;
}

bool is_dots(const char* name) {
  return std::string_view{name} == "." || std::string_view{name} == "..";
}

/// Unlinks what is no directory; hands back the names of those that are.
result<std::vector<std::string>> unlink_files(int dir) {
  auto stream = list(dir);
  if (!stream)
    return stream.error();
  auto left = std::vector<std::string>{};
  while (auto* entry = ::readdir(stream->get())) {
    if (is_dots(entry->d_name))
      continue;
    if (::unlinkat(dir, entry->d_name, 0) == 0 || errno == ENOENT)
      continue;
    if (errno != EISDIR && errno != EPERM)
      return errno_error(errno, "unlinkat", entry->d_name);
    left.emplace_back(entry->d_name);
  }
  return left;
}

} // namespace

result<sys::fd> open_directory(const std::string& path) {
  auto raw = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (raw < 0)
    return errno_error(errno, "open", path);
  return sys::fd{raw};
}

result<sys::fd> open_beneath(int dir, const std::string& path, int flags,
                             mode_t mode) {
  auto at = sys::fd{};
  size_t begin = 0;
  while (path.size() - begin > longest_call) {
    auto cut = path.rfind('/', begin + longest_call);
    if (cut == path.npos || cut <= begin)
      return make_error(ec::invalid_argument, "a name in a path is too long");
    auto next = open_once(at ? at.get() : dir, path.substr(begin, cut - begin),
                          O_PATH | O_DIRECTORY, 0);
    if (!next)
      return next.error();
    at = std::move(*next);
    begin = cut + 1;
  }
  return open_once(at ? at.get() : dir, path.empty() ? "." : path.substr(begin),
                   flags, mode);
}

bool may_be_beneath(int dir, const std::string& path) {
  auto fd = open_beneath(dir, path, O_PATH);
  return fd || !is_errno(fd.error(), ENOENT);
}

result<void> rename_beneath(int from, const std::string& name, int to,
                            const std::string& new_name) {
  if (::renameat2(from, name.c_str(), to, new_name.c_str(), RENAME_NOREPLACE)
      < 0)
    return errno_error(errno, "renameat2", name);
  return {};
}

result<std::string> read_text(int fd, const std::string& name, size_t most,
                              const std::string& too_large) {
  auto out = std::string{};
  auto buffer = std::array<char, 65536>{};
  for (;;) {
    auto n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0)
      return errno_error(errno, "read", name);
    if (n == 0)
      return out;
    out.append(buffer.data(), static_cast<size_t>(n));
    if (out.size() > most)
      return make_error(ec::exhausted, too_large);
  }
}

result<void> write_all(int fd, std::string_view bytes,
                       const std::string& name) {
  while (!bytes.empty()) {
    auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "write", name);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

result<sys::fd> make_directories(int dir, const std::string& path, mode_t mode,
                                 identity owner) {
  auto at = open_beneath(dir, "", O_RDONLY | O_DIRECTORY);
  for (size_t begin = 0; at && begin < path.size();) {
    auto end = std::min(path.find('/', begin), path.size());
    auto name = path.substr(begin, end - begin);
    auto made = ::mkdirat(at->get(), name.c_str(), mode) == 0;
    if (!made && errno != EEXIST)
      return errno_error(errno, "mkdirat", path);
    auto next = open_beneath(at->get(), name, O_RDONLY | O_DIRECTORY);
    // mkdirat(2) applies the umask, and the kernel says who made it.
    if (next && made
        && (::fchmod(next->get(), mode) < 0
            || ::fchown(next->get(), owner.uid, owner.gid) < 0))
      return errno_error(errno, "fchown", path);
    at = std::move(next);
    begin = end + 1;
  }
  return at;
}

result<void> empty_directory(int dir) {
  auto left = unlink_files(dir);
  if (!left)
    return left.error();
  // Depth first, with one descriptor a level; no recursion, as trees may be
  // thousands of levels deep.
  struct level {
    sys::fd fd;
    std::vector<std::string> names;
  };
  auto levels = std::vector<level>{};
  levels.push_back({sys::fd{}, std::move(*left)});
  while (!levels.empty()) {
    auto& top = levels.back();
    auto at = top.fd ? top.fd.get() : dir;
    if (top.names.empty()) {
      levels.pop_back();
      continue;
    }
    auto name = top.names.back();
    if (::unlinkat(at, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) {
      top.names.pop_back();
      continue;
    }
    if (errno != ENOTEMPTY && errno != EEXIST)
      return errno_error(errno, "unlinkat", name);
    auto sub = open_beneath(at, name, O_RDONLY | O_DIRECTORY);
    if (!sub)
      return sub.error();
    auto inside = unlink_files(sub->get());
    if (!inside)
      return inside.error();
    levels.push_back({std::move(*sub), std::move(*inside)});
  }
  return {};
}

result<void> remove_beneath(int dir, const std::string& name) {
  if (::unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT)
    return {};
  if (errno != EISDIR && errno != EPERM)
    return errno_error(errno, "unlinkat", name);
  auto inside = open_beneath(dir, name, O_RDONLY | O_DIRECTORY);
  if (!inside)
    return inside.error();
  if (auto ok = empty_directory(inside->get()); !ok)
    return ok;
  return ::unlinkat(dir, name.c_str(), AT_REMOVEDIR) == 0
           ? result<void>{}
           : errno_error(errno, "unlinkat", name);
}

result<std::vector<std::string>> names_in(int dir) {
  auto stream = list(dir);
  if (!stream)
    return stream.error();
  auto names = std::vector<std::string>{};
  while (auto* entry = ::readdir(stream->get()))
    if (!is_dots(entry->d_name))
      names.emplace_back(entry->d_name);
  return names;
}

result<bool> is_empty_directory(int dir) {
  auto stream = list(dir);
  if (!stream)
    return stream.error();
  while (auto* entry = ::readdir(stream->get()))
    if (!is_dots(entry->d_name))
      return false;
  return true;
}

split_path split(const std::string& path) {
  auto slash = path.rfind('/');
  if (slash == path.npos)
    return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

} // namespace berth::worker
