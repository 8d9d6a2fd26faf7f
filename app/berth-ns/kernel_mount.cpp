#include "app/berth-ns/kernel_mount.hpp"

#include "app/berth-ns/devices.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/process_view.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

namespace berth::ns {

namespace {

constexpr auto workshop = "/tmp";
constexpr auto empty_name = "empty";
constexpr auto place_name = "at";
constexpr device_node null_node{"null", 1, 3};

/// One call for a process elsewhere, and what it gave.
struct errand {
  int fd_in = -1;
  int fd_out = -1;
};

/// A procfs is that of the pid namespace of who begins it.
int begin_proc(void* with) {
  static_cast<errand*>(with)->fd_out
    = must(::fsopen("proc", FSOPEN_CLOEXEC), "fsopen", "proc");
  return 0;
}

/// Joining a pid namespace is for one's children: hence one more.
int begin_proc_there(void* with) {
  must(::setns(static_cast<errand*>(with)->fd_in, CLONE_NEWPID), "setns",
       "pid namespace");
  run_apart(begin_proc, with);
  return 0;
}

/// Where user namespaces differ, a copy of a mount namespace comes with every
/// mount locked to what it covers.
int copy_locked(void* with) {
  auto& what = *static_cast<errand*>(with);
  must(::setns(what.fd_in, CLONE_NEWUSER), "setns", "user namespace");
  must(::unshare(CLONE_NEWNS), "unshare", "locked copy");
  what.fd_out
    = must(::open_tree(AT_FDCWD, ".",
                       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE),
           "open_tree", "locked copy");
  return 0;
}

int begin(const kernel_mount_plan& plan) {
  if (plan.is_proc) {
    auto there = errand{plan.pid_ns, -1};
    run_apart(begin_proc_there, &there);
    return there.fd_out;
  }
  must(::setns(plan.net_ns, CLONE_NEWNET), "setns", "network namespace");
  return must(::fsopen("sysfs", FSOPEN_CLOEXEC), "fsopen", "sysfs");
}

int finish(int fs, bool is_proc) {
  auto name = is_proc ? "proc" : "sysfs";
  must(::fsconfig(fs, FSCONFIG_SET_STRING, "source", name, 0), "fsconfig",
       "source");
  must(::fsconfig(fs, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "fsconfig",
       name);
  auto attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
                    | (is_proc ? 0 : MOUNT_ATTR_RDONLY);
  auto mount
    = must(::fsmount(fs, FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)),
           "fsmount", name);
  ::close(fs);
  return mount;
}

/// A namespace of our own whose /tmp holds what masks are made of, and the
/// place for what they are put on.
int make_workshop() {
  must(::unshare(CLONE_NEWNS), "unshare", "mount namespace");
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount",
       "/ as private");
  auto shop = make_nodes({&null_node, 1});
  must(::mkdirat(shop, empty_name, 0555), "mkdirat", empty_name);
  must(::mkdirat(shop, place_name, 0555), "mkdirat", place_name);
  must(::move_mount(shop, "", AT_FDCWD, workshop, MOVE_MOUNT_F_EMPTY_PATH),
       "move_mount", workshop);
  return shop;
}

void make_read_only(int tree, bool with_children, const char* name) {
  auto attributes = mount_attr{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  must(::mount_setattr(tree, "",
                       AT_EMPTY_PATH | (with_children ? AT_RECURSIVE : 0),
                       &attributes, sizeof(attributes)),
       "mount_setattr", name);
}

void cover(int tree, int mount, const char* name) {
  must(::move_mount(tree, "", mount, name, MOVE_MOUNT_F_EMPTY_PATH),
       "move_mount", name);
  ::close(tree);
}

/// False if this kernel has no such entry.
bool look(int mount, const char* name, struct stat& found) {
  if (::fstatat(mount, name, &found, AT_SYMLINK_NOFOLLOW) == 0)
    return true;
  if (errno != ENOENT)
    fail("fstatat", name);
  return false;
}

void mask(int shop, int mount, const char* name) {
  struct stat found {};
  if (!look(mount, name, found))
    return;
  auto is_directory = S_ISDIR(found.st_mode);
  auto source = is_directory ? empty_name : null_node.name;
  auto tree
    = must(::open_tree(shop, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
           "open_tree", source);
  make_read_only(tree, false, name);
  cover(tree, mount, name);
  struct stat now {
  }, source_now{};
  if (!look(mount, name, now) || !look(shop, source, source_now)
      || now.st_dev != source_now.st_dev || now.st_ino != source_now.st_ino
      || (!is_directory && now.st_rdev != ::makedev(1, 3)))
    fail_because(name, "not masked");
}

void make_entry_read_only(int mount, const char* name) {
  struct stat found {};
  if (!look(mount, name, found))
    return;
  auto tree
    = must(::open_tree(mount, name,
                       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE),
           "open_tree", name);
  make_read_only(tree, true, name);
  cover(tree, mount, name);
}

} // namespace

int stage_kernel_mount(const kernel_mount_plan& plan) {
  auto shop = make_workshop();
  auto mount = finish(begin(plan), plan.is_proc);
  must(::move_mount(mount, "", shop, place_name, MOVE_MOUNT_F_EMPTY_PATH),
       "move_mount", place_name);
  for (auto name : plan.masked)
    mask(shop, mount, name);
  for (auto name : plan.read_only)
    make_entry_read_only(mount, name);
  must(::fchdir(mount), "fchdir", "staged mount");
  auto copy = errand{plan.user_ns, -1};
  run_apart(copy_locked, &copy);
  must(::chdir("/"), "chdir", "/");
  ::close(mount);
  ::close(shop);
  return copy.fd_out;
}

} // namespace berth::ns
