#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/mount_info.hpp"
#include "app/berth-ns/process_view.hpp"
#include "app/berth-ns/verbs.hpp"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

namespace berth::ns {

namespace {

/// Of the one root that every procfs and sysfs has.
constexpr auto root_inode = ino_t{1};
constexpr long nfs_magic = NFS_SUPER_MAGIC;

[[noreturn]] void refuse_unmount(int target) {
  if (errno != EINVAL)
    fail("umount", "target");
  if (!peer_group_of(target))
    refuse(refusal::missing, "target", "somebody else unmounted it");
  refuse(refusal::unfit, "target", "a mount from a namespace above");
}

struct unmounted_type {
  std::string_view name;
  long magic;
  std::string_view own; ///< where a process needs it itself
};

constexpr unmounted_type unmounted_types[] = {
  {"proc", PROC_SUPER_MAGIC, "/proc"},
  {"sysfs", SYSFS_MAGIC, "/sys"},
  {"nfs", nfs_magic, ""},
};

const unmounted_type& type_called(const char* name) {
  if (name != nullptr)
    for (auto& type : unmounted_types)
      if (type.name == name)
        return type;
  fail_usage("type", "proc, sysfs or nfs");
}

/// Refuses what is not the root of a mount of that type.
void check_mounted(const outside& host, int target,
                   const unmounted_type& type) {
  if (!is_mount_root(target))
    refuse(refusal::missing, "target", "nothing is mounted there");
  if (!has_type(target, type.magic))
    refuse(refusal::invalid, "target", "a mount of another type");
  struct stat found {};
  if (type.magic != nfs_magic
      && (::fstat(target, &found) < 0 || found.st_ino != root_inode))
    refuse(refusal::invalid, "target", "a part of a mount");
  if (host.path_of(target) == type.own)
    refuse(refusal::forbidden, "target", "a process's own");
}

} // namespace

int run_unmount(char** args) {
  limit_time();
  auto& type = type_called(*args);
  auto view = process_view{};
  const char* path = nullptr;
  for (++args; *args != nullptr; ++args) {
    if (std::string_view{*args} == "--at")
      path = value_of(args);
    else if (!take_view_option(args, view))
      fail_usage(*args, "no such option");
  }
  if (!view.is_complete() || path == nullptr)
    fail_usage("unmount", "needs --mntns-fd N, --root-fd N and --at PATH");
  auto host = outside{};
  enter(view);
  auto target = open_target(path);
  check_mounted(host, target, type);
  if (!detach_mount(target, type.magic == nfs_magic ? MNT_FORCE : 0))
    refuse_unmount(target);
  return 0;
}

} // namespace berth::ns
