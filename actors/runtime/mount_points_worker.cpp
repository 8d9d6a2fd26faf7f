#include "actors/runtime/mount_points_worker.hpp"

#include "sys/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace berth {

namespace {

using path = std::filesystem::path;

constexpr mode_t point_file_mode = 0644;
constexpr mode_t point_directory_mode = 0755;

// What an image has at these places shines through the directories.
constexpr const char* point_directories[]
  = {"proc", "sys", "dev", "etc", "workspace", ".workspace", ".berth"};
constexpr const char* point_files[]
  = {".berth/init", "etc/resolv.conf", "etc/hosts", "etc/hostname"};

result<void> make_point_directory(const path& at) {
  if (::mkdir(at.c_str(), point_directory_mode) < 0)
    return errno_error(errno, "mkdir", at.native());
  if (::chmod(at.c_str(), point_directory_mode) < 0) // whatever the umask says
    return errno_error(errno, "chmod", at.native());
  return {};
}

result<void> make_point_file(const path& at) {
  auto file = sys::fd{::open(
    at.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, point_file_mode)};
  if (!file)
    return errno_error(errno, "open", at.native());
  if (::fchmod(file.get(), point_file_mode) < 0)
    return errno_error(errno, "fchmod", at.native());
  return {};
}

} // namespace

result<void> make_mount_points(const path& rootfs) {
  auto upper = rootfs / "upper";
  if (auto made = make_point_directory(upper); !made)
    return is_errno(made.error(), EEXIST) ? result<void>{} : made;
  for (auto* name : point_directories)
    if (auto made = make_point_directory(upper / name); !made)
      return made;
  for (auto* name : point_files)
    if (auto made = make_point_file(upper / name); !made)
      return made;
  return {};
}

} // namespace berth
