#include "sys/pinned.hpp"

#include "sys/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace berth::sys {

namespace {

// Linux 6.11; younger than the C library's headers.
constexpr auto get_tgid_from_pidns = _IOR(0xb7, 0x7, int);
constexpr auto get_tgid_in_pidns = _IOR(0xb7, 0x9, int);
constexpr auto get_parent = _IO(0xb7, 0x2);

constexpr int64_t most_pids = 4194304;
constexpr auto most_nested_namespaces = 32;

/// One answer for all: who asks learns nothing of other processes.
caf::error no_such_process() {
  return make_error(ec::invalid_argument, "cannot find PID");
}

result<fd> open_in(const fd& dir, const char* name, int flags) {
  auto file = fd{::openat(dir.get(), name, flags | O_CLOEXEC)};
  if (!file)
    return errno_error(errno, "openat", name);
  return file;
}

std::string read_small(const fd& dir, const char* name) {
  auto file = open_in(dir, name, O_RDONLY);
  auto text = std::string{};
  char bytes[4096];
  if (file)
    for (auto n = ssize_t{};
         (n = ::read(file->get(), bytes, sizeof(bytes))) > 0;)
      text.append(bytes, static_cast<size_t>(n));
  return text;
}

result<void> open_places(pinned_process& process) {
  const std::pair<fd*, const char*> namespaces[] = {
    {&process.user_ns, "ns/user"},
    {&process.mount_ns, "ns/mnt"},
    {&process.pid_ns, "ns/pid"},
    {&process.net_ns, "ns/net"},
  };
  for (auto [into, name] : namespaces) {
    auto opened = open_in(process.dir, name, O_RDONLY);
    if (!opened)
      return opened.error();
    *into = std::move(*opened);
  }
  auto root = open_in(process.dir, "root", O_PATH | O_DIRECTORY);
  if (!root)
    return root.error();
  process.root = std::move(*root);
  return {};
}

} // namespace

result<pinned_process> pin_process(pid_t pid) {
  auto process = pinned_process{};
  process.pid = pid;
  auto pidfd = open_pidfd(pid);
  if (!pidfd)
    return pidfd.error();
  process.pidfd = std::move(*pidfd);
  auto path = "/proc/" + std::to_string(pid);
  process.dir = fd{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!process.dir)
    return errno_error(errno == ENOENT ? ESRCH : errno, "open", path);
  auto start = start_time(pid);
  if (!start)
    return start.error();
  process.start_time = *start;
  if (auto opened = open_places(process); !opened)
    return errno_error(ESRCH, "open namespaces of", path);
  // It lives: hence everything above was of the process behind the pidfd.
  if (!is_alive(process))
    return errno_error(ESRCH, "pidfd", path);
  return process;
}

result<pinned_process> pin_process(pid_t pid, uint64_t start_time) {
  auto process = pin_process(pid);
  if (process && process->start_time != start_time)
    return errno_error(ESRCH, "pin", "/proc/" + std::to_string(pid));
  return process;
}

result<pinned_process> pin_inside(const pinned_process& container,
                                  const std::string& cgroup, int64_t pid) {
  if (pid < 1 || pid > most_pids)
    return no_such_process();
  auto here = ::ioctl(container.pid_ns.get(), get_tgid_from_pidns,
                      static_cast<int>(pid));
  if (here <= 0)
    return no_such_process();
  auto process = pin_process(here);
  // Asked back, for the number may have passed to another process, or have been
  // a thread's.
  if (!process
      || ::ioctl(container.pid_ns.get(), get_tgid_in_pidns, here) != pid)
    return no_such_process();
  if (!is_in_cgroup(process->dir, cgroup)
      || !descends_from(process->pid_ns, container.pid_ns)
      || is_our_namespace(process->mount_ns, "mnt")
      || is_our_namespace(process->net_ns, "net") || !is_alive(*process))
    return no_such_process();
  return process;
}

bool is_alive(const pinned_process& process) {
  auto ended = pollfd{process.pidfd.get(), POLLIN, 0};
  return ::poll(&ended, 1, 0) == 0;
}

bool is_same_namespace(const fd& a, const fd& b) {
  struct stat first {
  }, second{};
  return ::fstat(a.get(), &first) == 0 && ::fstat(b.get(), &second) == 0
         && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool descends_from(const fd& inner, const fd& outer) {
  if (is_same_namespace(inner, outer))
    return true;
  auto at = parent_namespace(inner);
  for (auto depth = 0; at && depth < most_nested_namespaces; ++depth) {
    if (is_same_namespace(*at, outer))
      return true;
    at = parent_namespace(*at);
  }
  return false;
}

bool is_our_namespace(const fd& ns, const char* kind) {
  auto path = std::string{"/proc/self/ns/"} + kind;
  auto ours = fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  return !ours || is_same_namespace(ns, ours);
}

result<fd> parent_namespace(const fd& ns) {
  auto parent = fd{::ioctl(ns.get(), get_parent)};
  if (!parent)
    return errno_error(errno, "ioctl", "NS_GET_PARENT");
  return parent;
}

bool is_in_cgroup(const fd& process_dir, const std::string& name) {
  // Lines like "4:memory:/a/b", one a hierarchy. The runtime puts a container
  // into each that has controllers.
  auto text = read_small(process_dir, "cgroup");
  auto lines = std::string_view{text};
  while (!lines.empty()) {
    auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    auto colon = line.find(':', line.find(':') + 1);
    auto path = colon == line.npos ? line : line.substr(colon + 1);
    auto own = "/" + name;
    if (path == own || path.starts_with(own + "/"))
      return true;
  }
  return false;
}

} // namespace berth::sys
