#include "app/berth-ns/process_view.hpp"

#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/mount_info.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>

namespace berth::ns {

namespace {

constexpr unsigned most_seconds = 10;
constexpr auto stack_bytes = size_t{128} * 1024;

/// Whose death is ours; see `stay_bound`.
pid_t bound_to = 0;

/// `path` resolved as if `dir` were the root; -1 and errno.
int open_resolved(int dir, const char* path, int flags, uint64_t resolve) {
  auto how = open_how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
  for (auto attempt = 0;; ++attempt) {
    auto fd
      = static_cast<int>(::syscall(SYS_openat2, dir, path, &how, sizeof(how)));
    // Somebody renamed on the way.
    if (fd >= 0 || errno != EAGAIN || attempt == 8)
      return fd;
  }
}

bool is_at_or_below(std::string_view path, std::string_view top) {
  return path == top
         || (path.starts_with(top) && path.substr(top.size()).starts_with('/'));
}

} // namespace

void stay_bound() {
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl", "PDEATHSIG");
  if (::getppid() != bound_to)
    ::_exit(exit_failure);
}

void limit_time() {
  ::prctl(PR_SET_DUMPABLE, 0);
  auto only = sigset_t{};
  ::sigemptyset(&only);
  ::sigaddset(&only, SIGALRM);
  ::signal(SIGALRM, SIG_DFL);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  auto parent = ::getpid();
  auto child = must(::fork(), "fork", "helper");
  if (child == 0) {
    bound_to = parent;
    stay_bound();
    return;
  }
  ::alarm(most_seconds);
  auto status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

void run_apart(int (*work)(void*), void* with) {
  alignas(16) static thread_local char stack[2][stack_bytes];
  static auto depth = 0;
  auto top = stack[depth++] + stack_bytes;
  auto flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD;
  auto child = ::clone(work, top, flags, with);
  if (child < 0 && errno == EAGAIN)
    refuse(refusal::full, "helper", "no process number is free");
  must(child, "clone", "helper");
  --depth;
  auto status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : exit_failure);
}

bool take_view_option(char**& args, process_view& view) {
  auto option = std::string_view{*args};
  if (option == "--mntns-fd")
    view.mount_ns = descriptor("--mntns-fd", value_of(args));
  else if (option == "--root-fd")
    view.root = descriptor("--root-fd", value_of(args));
  else
    return false;
  return true;
}

outside::outside() {
  descriptors_ = must(::open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC),
                      "open", "/proc/self/fd");
  auto file = must(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), "open",
                   "mountinfo");
  auto text = std::string{};
  char bytes[16384];
  for (auto n = ssize_t{}; (n = ::read(file, bytes, sizeof(bytes))) > 0;)
    text.append(bytes, static_cast<size_t>(n));
  ::close(file);
  groups_ = peer_groups(text);
}

std::string outside::path_of(int fd) const {
  char path[PATH_MAX];
  auto name = std::to_string(fd);
  auto length
    = must(::readlinkat(descriptors_, name.c_str(), path, sizeof(path)),
           "readlinkat", "/proc/self/fd");
  return {path, static_cast<size_t>(length)};
}

bool outside::has_peers_in(uint64_t group) const {
  return std::find(groups_.begin(), groups_.end(), group) != groups_.end();
}

void enter(const process_view& view) {
  must(::setns(view.mount_ns, CLONE_NEWNS), "setns", "mount namespace");
  must(::fchdir(view.root), "fchdir", "root");
  must(::chroot("."), "chroot", "root");
  char path[PATH_MAX];
  // A directory of another namespace has no path here: "(unreachable)/...".
  if (::syscall(SYS_getcwd, path, sizeof(path)) < 0 || path[0] != '/')
    fail_because("getcwd", "the root is somewhere else");
}

int open_target(const char* path) {
  auto text = std::string_view{path};
  if (!text.starts_with('/') || text.size() >= PATH_MAX)
    refuse(refusal::invalid, "target", "not an absolute path");
  if ((std::string{text} + "/").find("/../") != std::string::npos)
    refuse(refusal::invalid, "target", "has ..");
  // Its links would be about this process, or out of here.
  if (text.starts_with("/proc/") && text.size() > 6)
    refuse(refusal::invalid, "target", "below /proc");
  auto target = open_resolved(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);
  if (target >= 0)
    return target;
  switch (errno) {
    case ENOENT: refuse(refusal::missing, "target", "not there");
    case ENOTDIR:
    case ELOOP:
    case EACCES:
    case ENAMETOOLONG: refuse(refusal::invalid, "target", "no directory");
    default: fail("openat2", "target");
  }
}

int open_plainly(int dir, const char* path, int flags) {
  return open_resolved(dir, path, flags | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
}

void check_target(const outside& host, int target) {
  auto path = host.path_of(target);
  // What is mounted no more has another path, and no group.
  auto group = peer_group_of(target);
  if (!group)
    refuse(refusal::missing, "target", "unmounted meanwhile");
  if (path == "/" || path == "/dev" || is_at_or_below(path, "/.workspace")
      || path.starts_with("/proc/"))
    refuse(refusal::invalid, "target", "a place that is taken");
  if (*group != 0 && host.has_peers_in(*group))
    refuse(refusal::unfit, "target", "would show outside");
}

void attach_at(int mount, int target) {
  if (::move_mount(mount, "", target, "",
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH)
      == 0)
    return;
  switch (errno) {
    case ENOENT: refuse(refusal::missing, "target", "removed meanwhile");
    case EINVAL:
      if (!peer_group_of(target))
        refuse(refusal::missing, "target", "unmounted meanwhile");
      refuse(refusal::unfit, "target", "of another namespace");
    case ENOSPC: refuse(refusal::unfit, "target", "too many mounts");
    default: fail("move_mount", "target");
  }
}

bool is_mount_root(int fd) {
  struct statx found {};
  must(::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &found), "statx",
       "target");
  return (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool has_type(int fd, long magic) {
  struct statfs found {};
  return ::fstatfs(fd, &found) == 0 && found.f_type == magic;
}

bool detach_mount(int root_of_mount, int more_flags) {
  // By descriptor: a path could lead elsewhere by now.
  return ::fchdir(root_of_mount) == 0
         && ::umount2(".", MNT_DETACH | more_flags) == 0;
}

} // namespace berth::ns
