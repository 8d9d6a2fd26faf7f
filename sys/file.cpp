#include "sys/file.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

namespace berth::sys {

namespace {

namespace fs = std::filesystem;

constexpr auto open_beneath_attempts = 8;

result<void> write_all(const fd& file, std::string_view bytes,
                       const fs::path& name) {
  while (!bytes.empty()) {
    auto n = ::write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "write", name.native());
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

fs::path parent_of(const fs::path& path) {
  auto parent = path.parent_path();
  return parent.empty() ? fs::path{"."} : parent;
}

} // namespace

result<void> sync_directory(const fs::path& path) {
  auto dir = open_directory(path);
  if (!dir)
    return dir.error();
  if (::fsync(dir->get()) < 0)
    return errno_error(errno, "fsync", path.native());
  return {};
}

namespace {

result<void> write_new(const fd& file, const fs::path& name,
                       std::string_view bytes, mode_t mode) {
  if (auto written = write_all(file, bytes, name); !written)
    return written;
  if (::fchmod(file.get(), mode) < 0) // whatever the umask says
    return errno_error(errno, "fchmod", name.native());
  if (::fsync(file.get()) < 0)
    return errno_error(errno, "fsync", name.native());
  return {};
}

result<void> make_directory(const fs::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) {
    if (::chmod(path.c_str(), mode) < 0) // whatever the umask says
      return errno_error(errno, "chmod", path.native());
    return sync_directory(parent_of(path));
  }
  auto err = errno;
  struct stat found;
  if (err == EEXIST && ::stat(path.c_str(), &found) == 0)
    return S_ISDIR(found.st_mode)
             ? result<void>{}
             : result<void>{errno_error(ENOTDIR, "mkdir", path.native())};
  return errno_error(err, "mkdir", path.native());
}

} // namespace

result<fd> open_directory(const fs::path& path) {
  auto raw
    = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (raw < 0)
    return errno_error(errno, "open", path.native());
  return fd{raw};
}

result<fd> open_beneath(int root, const std::string& relative, int flags,
                        mode_t mode) {
  auto how = open_how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  if ((flags & O_PATH) == 0)
    how.flags |= O_NONBLOCK; // a pipe must not hold us up
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS
                | RESOLVE_NO_XDEV;
  // EAGAIN: somebody renamed on the way, which is no reason to fail at once.
  for (auto left = open_beneath_attempts; left > 0; --left) {
    auto raw = static_cast<int>(
      ::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof(how)));
    if (raw >= 0)
      return fd{raw};
    if (errno != EAGAIN)
      return errno_error(errno, "openat2", relative);
  }
  return make_error(ec::aborted, "openat2 " + relative + ": changes too fast");
}

result<std::string> read_file(const fs::path& path, size_t limit) {
  auto file = fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  struct stat what = {};
  if (!file || ::fstat(file.get(), &what) < 0)
    return errno_error(errno, "open", path.native());
  if (S_ISFIFO(what.st_mode)) // whose writer would have to be waited for
    return make_error(ec::invalid_argument, path.native() + " is a FIFO");
  auto bytes = std::string{};
  char chunk[16 * 1024];
  for (;;) {
    auto n = ::read(file.get(), chunk, sizeof(chunk));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "read", path.native());
    if (n == 0)
      return bytes;
    bytes.append(chunk, static_cast<size_t>(n));
    if (bytes.size() > limit)
      return errno_error(EFBIG, "read", path.native());
  }
}

result<void> replace_file(const fs::path& path, std::string_view bytes,
                          mode_t mode) {
  auto name = path.native() + ".XXXXXX";
  auto file = fd{::mkostemp(name.data(), O_CLOEXEC)};
  if (!file)
    return errno_error(errno, "mkostemp", name);
  auto done = write_new(file, name, bytes, mode);
  if (done && ::rename(name.c_str(), path.c_str()) < 0)
    done = errno_error(errno, "rename", path.native());
  if (!done) {
    ::unlink(name.c_str());
    return done;
  }
  return sync_directory(parent_of(path));
}

result<void> make_directories(const fs::path& path, mode_t mode) {
  auto so_far = fs::path{};
  for (auto& part : path) {
    so_far /= part;
    if (part.empty() || part == "/" || part == ".")
      continue;
    if (auto made = make_directory(so_far, mode); !made)
      return made;
  }
  return {};
}

result<void> sync_file_system(const fs::path& path) {
  auto dir = open_directory(path);
  if (!dir)
    return dir.error();
  if (::syncfs(dir->get()) < 0)
    return errno_error(errno, "syncfs", path.native());
  return {};
}

result<void> spread_directories(const fs::path& path) {
  auto dir = open_directory(path);
  if (!dir)
    return dir.error();
  auto flags = 0;
  auto spread = ::ioctl(dir->get(), FS_IOC_GETFLAGS, &flags);
  if (spread == 0 && (flags & FS_TOPDIR_FL) == 0) {
    flags |= FS_TOPDIR_FL;
    spread = ::ioctl(dir->get(), FS_IOC_SETFLAGS, &flags);
  }
  if (spread < 0 && errno != ENOTTY && errno != EOPNOTSUPP && errno != EINVAL)
    return errno_error(errno, "FS_IOC_SETFLAGS", path.native());
  return {};
}

result<void> move(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                  RENAME_NOREPLACE)
      < 0)
    return errno_error(errno, "renameat2",
                       from.native() + " -> " + to.native());
  if (auto synced = sync_directory(parent_of(to)); !synced)
    return synced;
  return parent_of(from) == parent_of(to) ? result<void>{}
                                          : sync_directory(parent_of(from));
}

} // namespace berth::sys
