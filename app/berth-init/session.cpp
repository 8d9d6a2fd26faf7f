#include "app/berth-init/session.hpp"

#include "app/berth-init/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace berth::init {

namespace {

constexpr int leash = 3;
constexpr char ready = 1;
constexpr int not_executable = 126;
constexpr int not_found = 127;

/// What a command gets to save its work after nobody listens any more.
constexpr int hangup_grace_ms = 1000;

/// All but what tells of a bug of ours.
sigset_t passed_on() {
  auto set = sigset_t{};
  ::sigfillset(&set);
  for (auto signal :
       {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    ::sigdelset(&set, signal);
  return set;
}

/// A terminal has one session only, and it is to be the command's: what leads
/// a session is neither stopped by a key nor left without the hangup.
void give_up_terminal() {
  ::signal(SIGHUP, SIG_IGN); // the kernel tells us that we lost it
  ::ioctl(STDIN_FILENO, TIOCNOTTY);
  ::signal(SIGHUP, SIG_DFL);
}

[[noreturn]] void become(char** command, bool has_terminal) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setsid();
  if (has_terminal)
    ::ioctl(STDIN_FILENO, TIOCSCTTY, 0);
  auto none = sigset_t{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  go_before_init();
  ::execvp(command[0], command);
  auto why = errno;
  ::dprintf(STDERR_FILENO, "%s: %s\n", command[0],
            why == ENOENT ? "command not found" : ::strerror(why));
  ::_exit(why == ENOENT ? not_found : not_executable);
}

/// Passes on what came; whether our child may have ended.
bool pass_on(int signals, pid_t child) {
  auto child_died = false;
  signalfd_siginfo info;
  while (::read(signals, &info, sizeof(info)) == sizeof(info)) {
    auto number = static_cast<int>(info.ssi_signo);
    if (number == SIGCHLD)
      child_died = true;
    else
      ::kill(-child, number);
  }
  return child_died;
}

/// The leader is buried last: until then no other group has its number.
int hang_up(pid_t child, int signals) {
  ::kill(-child, SIGHUP);
  ::kill(-child, SIGCONT); // a stopped one hears nothing
  auto ended = siginfo_t{};
  auto wait = pollfd{signals, POLLIN, 0};
  while (::waitid(P_PID, static_cast<id_t>(child), &ended,
                  WEXITED | WNOHANG | WNOWAIT)
           == 0
         && ended.si_pid == 0 && ::poll(&wait, 1, hangup_grace_ms) > 0)
    pass_on(signals, child);
  ::kill(-child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return 128 + SIGHUP;
}

int attend(pid_t child, int signals) {
  pollfd waits[] = {{signals, POLLIN, 0}, {leash, POLLIN, 0}};
  for (;;) {
    ::poll(waits, 2, -1);
    auto status = 0;
    if (pass_on(signals, child) && ::waitpid(child, &status, WNOHANG) == child)
      return exit_code(status);
    auto byte = char{};
    if (waits[1].revents != 0 && ::read(leash, &byte, 1) <= 0)
      return hang_up(child, signals);
  }
}

} // namespace

int run_command(char** command) {
  auto byte = ready;
  if (::fcntl(leash, F_SETFD, FD_CLOEXEC) < 0
      || ::send(leash, &byte, 1, MSG_NOSIGNAL) != 1
      || ::read(leash, &byte, 1) != 1)
    return 128 + SIGHUP;
  auto has_terminal = ::isatty(STDIN_FILENO) == 1;
  if (has_terminal)
    give_up_terminal();
  auto set = passed_on();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  auto signals = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  auto child = ::fork();
  if (child == 0)
    become(command, has_terminal);
  if (child < 0 || signals < 0) {
    ::dprintf(STDERR_FILENO, "%s: %s\n", command[0], ::strerror(errno));
    return not_executable;
  }
  return attend(child, signals);
}

} // namespace berth::init
