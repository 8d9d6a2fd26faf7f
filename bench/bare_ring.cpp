#include "bench/ring.hpp"
#include "core/oci/hidden_paths.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace berth::bench {

namespace {

constexpr auto workshop = "/tmp";

/// Runs `work` in a process of its own, which may do system calls only: its
/// errno if it fails.
template <class Work>
result<void> apart(const char* what, Work work) {
  auto child = ::fork();
  if (child == 0)
    ::_exit(work() ? 0 : errno);
  auto code = sys::wait_child(child);
  if (!code)
    return code.error();
  if (*code != 0)
    return errno_error(*code, what, "bare ring");
  return {};
}

/// A file system of the kernel's, of the pid namespace `pid_ns`.
int new_proc(int pid_ns) {
  auto fs = ::fsopen("proc", FSOPEN_CLOEXEC);
  if (fs < 0 || ::fsconfig(fs, FSCONFIG_SET_FD, "pidns", nullptr, pid_ns) < 0
      || ::fsconfig(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0)
    return -1;
  return ::fsmount(fs, FSMOUNT_CLOEXEC,
                   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

bool cover(int mount, const char* name, int source, const char* path,
           int flags) {
  auto read_only = mount_attr{};
  read_only.attr_set = MOUNT_ATTR_RDONLY;
  auto tree = ::open_tree(
    source, path,
    static_cast<unsigned>(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags));
  return tree >= 0
         && ::mount_setattr(tree, "",
                            static_cast<unsigned>(AT_EMPTY_PATH | flags),
                            &read_only, sizeof(read_only))
              == 0
         && ::move_mount(tree, "", mount, name, MOVE_MOUNT_F_EMPTY_PATH) == 0
         && ::close(tree) == 0;
}

bool hide_all(int mount) {
  for (auto name : masked_in_proc) {
    struct stat found {};
    if (::fstatat(mount, name.data(), &found, AT_SYMLINK_NOFOLLOW) < 0)
      continue;
    auto source = S_ISDIR(found.st_mode) ? "/tmp/empty" : "/dev/null";
    if (!cover(mount, name.data(), AT_FDCWD, source, 0))
      return false;
  }
  for (auto name : read_only_in_proc)
    if (::faccessat(mount, name.data(), F_OK, AT_SYMLINK_NOFOLLOW) == 0
        && !cover(mount, name.data(), mount, name.data(), AT_RECURSIVE))
      return false;
  return true;
}

bool mount_masked(const sys::pinned_process& where, const char* at) {
  if (::unshare(CLONE_NEWNS) < 0
      || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0
      || ::mount("t", workshop, "tmpfs", 0, nullptr) < 0
      || ::mkdir("/tmp/empty", 0555) < 0 || ::mkdir("/tmp/at", 0555) < 0)
    return false;
  auto mount = new_proc(where.pid_ns.get());
  if (mount < 0
      || ::move_mount(mount, "", AT_FDCWD, "/tmp/at", MOVE_MOUNT_F_EMPTY_PATH)
           < 0
      || !hide_all(mount) || ::fchdir(mount) < 0)
    return false;
  // The copy in a namespace of another owner is what locks the masks.
  if (::setns(where.user_ns.get(), CLONE_NEWUSER) < 0
      || ::unshare(CLONE_NEWNS) < 0)
    return false;
  auto copy = ::open_tree(AT_FDCWD, ".",
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  return copy >= 0 && ::setns(where.mount_ns.get(), CLONE_NEWNS) == 0
         && ::move_mount(copy, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

} // namespace

result<void> write_map_bare(const sys::pinned_process& container,
                            const ring& ring, bool gid) {
  auto path
    = "/proc/" + std::to_string(ring.pid()) + (gid ? "/gid_map" : "/uid_map");
  return apart("write", [&] {
    if (::setns(container.user_ns.get(), CLONE_NEWUSER) < 0)
      return false;
    auto map = std::string_view{whole_map};
    auto file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    return ::write(file, map.data(), map.size())
           == static_cast<ssize_t>(map.size());
  });
}

result<void> mount_proc_bare(const sys::pinned_process& where, const char* at) {
  return apart("mount", [&] { return mount_masked(where, at); });
}

result<void> unmount_bare(const sys::pinned_process& where, const char* at) {
  return apart("unmount", [&] {
    return ::setns(where.mount_ns.get(), CLONE_NEWNS) == 0
           && ::umount2(at, MNT_DETACH) == 0;
  });
}

} // namespace berth::bench
