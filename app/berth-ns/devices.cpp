#include "app/berth-ns/devices.hpp"

#include "app/berth-ns/fail.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace berth::ns {

namespace {

constexpr device_node usual_nodes[] = {
  {"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
  {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

/// Where the tmpfs stands for the moment in which its nodes are cloned: only
/// mounts of this namespace can be.
constexpr auto device_staging = "/tmp";

} // namespace

int make_nodes(std::span<const device_node> nodes) {
  auto fs = must(::fsopen("tmpfs", FSOPEN_CLOEXEC), "fsopen", "tmpfs");
  must(::fsconfig(fs, FSCONFIG_SET_STRING, "mode", "755", 0), "fsconfig",
       "tmpfs mode");
  must(::fsconfig(fs, FSCONFIG_SET_STRING, "size", "64k", 0), "fsconfig",
       "tmpfs size");
  must(::fsconfig(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "fsconfig",
       "tmpfs create");
  auto mount = must(
    ::fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC),
    "fsmount", "tmpfs");
  ::close(fs);
  for (auto& [name, major_number, minor_number] : nodes) {
    must(::mknodat(mount, name, S_IFCHR | 0666,
                   ::makedev(major_number, minor_number)),
         "mknodat", name);
    must(::fchmodat(mount, name, 0666, 0), "fchmodat", name);
  }
  return mount;
}

int make_device_nodes() {
  return make_nodes(usual_nodes);
}

void cover_device_nodes() {
  auto mount = make_device_nodes();
  must(
    ::move_mount(mount, "", AT_FDCWD, device_staging, MOVE_MOUNT_F_EMPTY_PATH),
    "move_mount", device_staging);
  auto dev
    = must(::open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC), "open", "/dev");
  for (auto& each : usual_nodes) {
    if (::faccessat(dev, each.name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
      continue; // a host without it needs no cover
    auto own
      = must(::open_tree(mount, each.name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
             "open_tree", each.name);
    must(::move_mount(own, "", dev, each.name, MOVE_MOUNT_F_EMPTY_PATH),
         "move_mount", each.name);
    ::close(own);
  }
  must(::umount2(device_staging, MNT_DETACH), "umount", device_staging);
  ::close(dev);
  ::close(mount);
}

} // namespace berth::ns
