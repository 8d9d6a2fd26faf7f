/// Lets a program run that mounts shiftfs, on a kernel which has none:
///
///     shiftfs-shim PROGRAM [ARGS...]
///
/// Traces the program and whatever it starts until one of them calls
/// mount(source, target, "shiftfs", ...), and makes that a recursive bind:
/// what the node shows at /.workspace/mark has the wanted ids already. From
/// then on nothing is traced, and nothing but the exit code passes through
/// here. Made for the stock in-container client, whose program cannot be
/// changed. x86-64 only.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

namespace {

constexpr auto wanted_type = "shiftfs";
constexpr auto syscall_stop = SIGTRAP | 0x80; // PTRACE_O_TRACESYSGOOD
constexpr auto options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK
                         | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE
                         | PTRACE_O_TRACEEXEC;

volatile sig_atomic_t program = -1;

void pass_on(int signal) {
  ::kill(program, signal);
}

int fail(const char* what) {
  ::fprintf(stderr, "shiftfs-shim: %s: %s\n", what, ::strerror(errno));
  return 125;
}

bool names_wanted_type(pid_t who, uint64_t at) {
  char text[16] = {};
  auto ours = iovec{text, ::strlen(wanted_type) + 1};
  auto theirs = iovec{reinterpret_cast<void*>(at), ours.iov_len};
  return ::process_vm_readv(who, &ours, 1, &theirs, 1, 0) > 0
         && ::strcmp(text, wanted_type) == 0;
}

/// Whether `who`, which has stopped at a system call, began to mount shiftfs;
/// it mounts something else now.
bool rewrite_mount(pid_t who) {
  auto call = __ptrace_syscall_info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, who, sizeof(call), &call) <= 0
      || call.op != PTRACE_SYSCALL_INFO_ENTRY || call.entry.nr != SYS_mount
      || (call.entry.args[3] & MS_BIND) != 0
      || !names_wanted_type(who, call.entry.args[2]))
    return false;
  return ::ptrace(PTRACE_POKEUSER, who, offsetof(user, regs.r10),
                  call.entry.args[3] | MS_BIND | MS_REC)
         == 0;
}

/// All that is traced, and whether it still has to be.
class tracing {
public:
  void stopped(pid_t who, int status) {
    auto is_known = !traced_.insert(who).second;
    auto signal = WSTOPSIG(status);
    auto event = status >> 16;
    if (!is_done_ && signal == syscall_stop && rewrite_mount(who))
      finish(who);
    // Neither our own stops nor events are signals of the program's.
    auto is_ours = signal == syscall_stop || event != 0
                   || (!is_known && signal == SIGSTOP);
    go_on(who, is_ours ? 0 : signal, event == PTRACE_EVENT_STOP ? signal : 0);
  }

  void ended(pid_t who) { traced_.erase(who); }

private:
  void finish(pid_t first) {
    is_done_ = true;
    for (auto other : traced_)
      if (other != first)
        ::ptrace(PTRACE_INTERRUPT, other, 0, 0);
  }

  void go_on(pid_t who, int signal, int stopped_by) {
    if (is_done_) {
      ::ptrace(PTRACE_DETACH, who, 0, signal);
      traced_.erase(who);
    } else if (stopped_by == SIGSTOP || stopped_by == SIGTSTP
               || stopped_by == SIGTTIN || stopped_by == SIGTTOU) {
      ::ptrace(PTRACE_LISTEN, who, 0, 0); // somebody wants it stopped
    } else {
      ::ptrace(PTRACE_SYSCALL, who, 0, signal);
    }
  }

  std::set<pid_t> traced_;
  bool is_done_ = false;
};

/// A child that becomes the program once `go` is closed or written to.
pid_t fork_program(char** argv, int go) {
  auto child = ::fork();
  if (child != 0)
    return child;
  auto byte = char{};
  if (::read(go, &byte, 1) == 1)
    ::execvp(argv[0], argv);
  ::_exit(fail(argv[0]));
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    ::fputs("usage: shiftfs-shim PROGRAM [ARGS...]\n", stderr);
    return 2;
  }
  int go[2];
  if (::pipe2(go, O_CLOEXEC) < 0)
    return fail("pipe2");
  auto child = fork_program(argv + 1, go[0]);
  if (child < 0)
    return fail("fork");
  program = child;
  for (auto signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2})
    ::signal(signal, pass_on);
  if (::ptrace(PTRACE_SEIZE, child, 0, options) < 0
      || ::ptrace(PTRACE_INTERRUPT, child, 0, 0) < 0
      || ::write(go[1], "g", 1) != 1)
    return fail("trace");
  auto all = tracing{};
  for (;;) {
    auto status = 0;
    auto who = ::waitpid(-1, &status, __WALL);
    if (who < 0 && errno == EINTR)
      continue;
    if (who < 0)
      return fail("waitpid");
    if (WIFSTOPPED(status)) {
      all.stopped(who, status);
      continue;
    }
    all.ended(who);
    if (who == child)
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
}
