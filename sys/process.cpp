#include "sys/process.hpp"

#include "sys/file.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>

namespace berth::sys {

namespace {

constexpr int state_field = 3;
constexpr int start_time_field = 22;

} // namespace

std::string_view stat_field(std::string_view line, int wanted) {
  // Field 2, the name, may hold blanks and parentheses: counting begins behind
  // the last parenthesis.
  auto name_end = line.rfind(')');
  if (name_end == std::string_view::npos)
    return {};
  line.remove_prefix(name_end + 1);
  for (auto field = state_field; !line.empty(); ++field) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    auto word = line.substr(0, line.find(' '));
    if (field == wanted)
      return word;
    line.remove_prefix(word.size());
  }
  return {};
}

result<uint64_t> start_time(pid_t pid) {
  auto path = "/proc/" + std::to_string(pid) + "/stat";
  auto line = read_file(path, 4096);
  if (!line) {
    if (is_errno(line.error(), ENOENT))
      return errno_error(ESRCH, "open", path);
    return line.error();
  }
  auto ticks = start_time_in(*line);
  if (!ticks && is_errno(ticks.error(), ESRCH))
    return errno_error(ESRCH, "read", path);
  return ticks;
}

result<uint64_t> start_time_in(std::string_view stat) {
  auto state = stat_field(stat, state_field);
  if (state == "Z" || state == "X")
    return errno_error(ESRCH, "read", "stat");
  auto word = stat_field(stat, start_time_field);
  auto value = uint64_t{0};
  auto [end, err] = std::from_chars(word.begin(), word.end(), value);
  if (err != std::errc{} || end == word.begin())
    return make_error(ec::internal, "no start time in a stat");
  return value;
}

result<fd> open_pidfd(pid_t pid) {
  auto raw = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (raw < 0)
    return errno_error(errno, "pidfd_open", std::to_string(pid));
  return fd{raw};
}

uint64_t core_limit() {
  auto limit = rlimit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  return std::min<rlim_t>(limit.rlim_max, 1);
}

result<void> forbid_core_dumps() {
  auto limit = rlimit{core_limit(), core_limit()};
  if (::setrlimit(RLIMIT_CORE, &limit) < 0)
    return errno_error(errno, "setrlimit", "RLIMIT_CORE");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
    return errno_error(errno, "prctl", "PR_SET_DUMPABLE");
  return {};
}

result<int> wait_child(pid_t pid) {
  auto status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return errno_error(errno, "waitpid", std::to_string(pid));
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace berth::sys
