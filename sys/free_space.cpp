#include "sys/free_space.hpp"

#include <sys/statvfs.h>

#include <cerrno>

namespace berth::sys {

result<free_space> find_free_space(const std::filesystem::path& path) {
  struct statvfs fs {};
  if (::statvfs(path.c_str(), &fs) < 0)
    return errno_error(errno, "statvfs", path.native());
  // btrfs has no table of files, and says that it has none.
  return free_space{static_cast<uint64_t>(fs.f_bavail) * fs.f_frsize,
                    fs.f_favail, fs.f_files != 0};
}

} // namespace berth::sys
