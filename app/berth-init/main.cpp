/// Process 1 of a workspace: waits for its environment where that is told late,
/// buries the dead, passes SIGTERM on, and runs the tasks of a headless one. As
/// `berth-init exec COMMAND...` the first process of a session that somebody
/// opens in the workspace.

#include "app/berth-init/environment.hpp"
#include "app/berth-init/headless.hpp"
#include "app/berth-init/processes.hpp"
#include "app/berth-init/session.hpp"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string_view>

namespace {

/// A regular workspace: idles until it is told to end.
int run_regular() {
  auto signals = berth::init::blocked_signals();
  for (;;) {
    auto signal = ::sigwaitinfo(&signals, nullptr);
    berth::init::reap_all();
    if (signal <= 0 || signal == SIGCHLD)
      continue;
    berth::init::end_all_processes();
    return 0;
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view{argv[1]} == "--version") {
    ::puts("berth-init " BERTH_VERSION);
    return 0;
  }
  if (argc > 2 && std::string_view{argv[1]} == "exec")
    return berth::init::run_command(argv + 2);
  if (::getpid() != 1) {
    ::dprintf(STDERR_FILENO, "berth-init: runs as process 1 only\n");
    return 2;
  }
  auto signals = berth::init::blocked_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  // Never called, since sigwaitinfo(2) takes it. But while that waits it is not
  // blocked either, and only this shows (SigCgt) that it would be heard.
  ::signal(SIGTERM, [](int) {});
  // Our environment holds secrets, and a core of us would be the host's.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (auto code = berth::init::complete_environment(argv))
    return *code;
  auto headless = ::getenv("GITPOD_HEADLESS");
  if (headless != nullptr && std::string_view{headless} == "true")
    return berth::init::run_headless();
  return run_regular();
}
