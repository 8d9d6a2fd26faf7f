#include "app/berth-init/processes.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <string_view>

namespace berth::init {

namespace {

/// Processes that were put into the workspace from outside are not our
/// children: nobody tells us of their end.
constexpr auto look_again = timespec{0, 20'000'000};

bool anybody_left() {
  return ::kill(-1, 0) == 0 || errno != ESRCH;
}

} // namespace

sigset_t blocked_signals() {
  auto set = sigset_t{};
  ::sigemptyset(&set);
  for (auto signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT})
    ::sigaddset(&set, signal);
  return set;
}

int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void go_before_init() {
  // More than the 500 that process 1 has of its runtime.
  constexpr std::string_view score = "600";
  // What must leave no core of itself may not write there, either.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  auto file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (file < 0)
    return;
  (void)!::write(file, score.data(), score.size());
  ::close(file);
}

void reap_all() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

void end_all_processes() {
  auto child_died = sigset_t{};
  ::sigemptyset(&child_died);
  ::sigaddset(&child_died, SIGCHLD);
  ::kill(-1, SIGTERM);
  ::kill(-1, SIGCONT); // a stopped one hears nothing
  for (reap_all(); anybody_left(); reap_all())
    ::sigtimedwait(&child_died, nullptr, &look_again);
}

} // namespace berth::init
