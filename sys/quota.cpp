#include "sys/quota.hpp"

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace berth::sys {

namespace {

/// Of the top of any subvolume: BTRFS_FIRST_FREE_OBJECTID.
constexpr ino_t top_of_subvolume = 256;

bool is_on_btrfs(int file) {
  struct statfs fs {};
  return ::fstatfs(file, &fs) == 0 && fs.f_type == BTRFS_SUPER_MAGIC;
}

/// "/sys/fs/btrfs/<uuid>/qgroups", which is there while quotas are enabled.
std::filesystem::path groups_of(int file) {
  auto info = btrfs_ioctl_fs_info_args{};
  if (::ioctl(file, BTRFS_IOC_FS_INFO, &info) < 0)
    return {};
  auto uuid = std::string{};
  for (size_t i = 0; i < sizeof(info.fsid); ++i) {
    char digits[4];
    std::snprintf(digits, sizeof(digits), "%02x", info.fsid[i]);
    uuid += (i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "");
    uuid += digits;
  }
  return "/sys/fs/btrfs/" + uuid + "/qgroups";
}

result<void> limit_subvolume(int at, const std::string& name, mode_t mode,
                             uint64_t bytes) {
  auto made = open_beneath(at, name, O_RDONLY | O_DIRECTORY);
  if (!made)
    return made.error();
  // Group 0 is the one of the subvolume itself.
  auto limit = btrfs_ioctl_qgroup_limit_args{};
  limit.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
  limit.lim.max_rfer = bytes;
  if (::ioctl(made->get(), BTRFS_IOC_QGROUP_LIMIT, &limit) < 0)
    return errno_error(errno, "BTRFS_IOC_QGROUP_LIMIT", name);
  if (::fchmod(made->get(), mode) < 0)
    return errno_error(errno, "fchmod", name);
  return {};
}

} // namespace

bool can_limit_directories(const std::filesystem::path& path) {
  auto directory = open_directory(path);
  return directory && is_on_btrfs(directory->get())
         && std::filesystem::exists(groups_of(directory->get()));
}

result<void> make_limited_directory(const std::filesystem::path& path,
                                    mode_t mode, uint64_t bytes) {
  auto name = path.filename().native();
  auto above = open_directory(path.parent_path());
  if (!above)
    return above.error();
  auto wanted = btrfs_ioctl_vol_args{};
  if (!can_limit_directories(path.parent_path())
      || name.size() >= sizeof(wanted.name))
    return errno_error(ENOTSUP, "limit", path.native());
  std::memcpy(wanted.name, name.c_str(), name.size() + 1);
  if (::ioctl(above->get(), BTRFS_IOC_SUBVOL_CREATE, &wanted) < 0)
    return errno_error(errno, "BTRFS_IOC_SUBVOL_CREATE", path.native());
  auto limited = limit_subvolume(above->get(), name, mode, bytes);
  if (!limited)
    ::unlinkat(above->get(), name.c_str(), AT_REMOVEDIR);
  return limited;
}

bool is_limited_directory(const std::filesystem::path& path) {
  auto directory = open_directory(path);
  struct stat found;
  return directory && is_on_btrfs(directory->get())
         && ::fstat(directory->get(), &found) == 0
         && found.st_ino == top_of_subvolume && can_limit_directories(path);
}

} // namespace berth::sys
