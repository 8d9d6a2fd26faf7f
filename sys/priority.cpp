#include "sys/priority.hpp"

#include "sys/file.hpp"
#include "sys/process.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

namespace berth::sys {

namespace {

constexpr auto parent_field = 4;
constexpr auto longest_stat = size_t{4096};

// sched_setattr(2); the kernel's header and the C library's exclude each other.
constexpr auto reset_on_fork = uint64_t{1};
struct scheduling {
  uint32_t size = sizeof(scheduling);
  uint32_t policy = 0; ///< the ordinary one
  uint64_t flags = 0;
  int32_t niceness = 0;
  uint32_t real_time[7] = {};
};

std::string proc_path(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

/// Empty for a kernel thread, and for one that has just ended.
std::string program_of(pid_t pid) {
  char target[PATH_MAX];
  auto size = ::readlink(proc_path(pid, "exe").c_str(), target, sizeof(target));
  return size < 0 ? std::string{}
                  : std::string{target, static_cast<size_t>(size)};
}

} // namespace

result<process_view> look_at(pid_t pid) {
  auto started = start_time(pid);
  if (!started)
    return started.error();
  auto path = proc_path(pid, "stat");
  auto stat = read_file(path, longest_stat);
  if (!stat)
    return is_errno(stat.error(), ENOENT) ? errno_error(ESRCH, "open", path)
                                          : stat.error();
  auto view = process_view{pid, 0, *started, program_of(pid)};
  view.parent = std::atoi(std::string{stat_field(*stat, parent_field)}.c_str());
  return view;
}

result<void> set_niceness(pid_t pid, uint64_t start_time_then, int niceness) {
  // While it is held its number names no other process.
  auto held = open_pidfd(pid);
  if (!held)
    return held.error();
  auto started = start_time(pid);
  if (!started)
    return started.error();
  if (*started != start_time_then)
    return errno_error(ESRCH, "sched_setattr", std::to_string(pid));
  auto wanted = scheduling{};
  wanted.flags = reset_on_fork;
  wanted.niceness = niceness;
  if (::syscall(SYS_sched_setattr, pid, &wanted, 0) < 0)
    return errno_error(errno, "sched_setattr", std::to_string(pid));
  return {};
}

} // namespace berth::sys
