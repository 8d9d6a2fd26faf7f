#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/sandbox.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::ns {

namespace {

/// What the kernel tells of the machine, and what it lets change: the same as
/// in a workspace.
constexpr const char* masked[] = {
  "/proc/acpi",       "/proc/asound",        "/proc/interrupts",  "/proc/kcore",
  "/proc/keys",       "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
  "/proc/timer_list", "/proc/timer_stats",
};
constexpr const char* read_only[] = {
  "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

void mount_tmpfs(const char* at, unsigned long flags, const char* options) {
  must(::mount("tmpfs", at, "tmpfs", flags | MS_NOSUID | MS_NODEV, options),
       "mount", at);
}

void mask(const char* path) {
  struct stat found;
  if (::lstat(path, &found) < 0) {
    if (errno != ENOENT)
      fail("lstat", path);
  } else if (S_ISDIR(found.st_mode)) {
    mount_tmpfs(path, MS_RDONLY, "size=4k,mode=555");
  } else {
    must(::mount("/dev/null", path, nullptr, MS_BIND, nullptr), "mount", path);
  }
}

void make_read_only(const char* path) {
  if (::mount(path, path, nullptr, MS_BIND, nullptr) < 0) {
    if (errno != ENOENT)
      fail("mount", path);
    return;
  }
  auto attributes = mount_attr{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  must(::mount_setattr(AT_FDCWD, path, 0, &attributes, sizeof(attributes)),
       "mount_setattr", path);
}

} // namespace

void show_kernel() {
  must(
    ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
    "mount", "/proc");
  for (auto path : masked)
    mask(path);
  for (auto path : read_only)
    make_read_only(path);
  mount_tmpfs("/sys", MS_RDONLY, "size=4k,mode=555");
  must(::mkdir("/dev/shm", 0755), "mkdir", "/dev/shm");
}

void furnish_workshop() {
  must(::unshare(CLONE_NEWNS), "unshare", "mount namespace");
  mount_tmpfs("/run", 0, "size=16m,mode=755");
  mount_tmpfs("/dev/shm", 0, "size=64m,mode=1777");
}

} // namespace berth::ns
