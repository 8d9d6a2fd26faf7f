#include "app/berth-ns/sandbox.hpp"

#include "app/berth-ns/arguments.hpp"
#include "app/berth-ns/fail.hpp"
#include "app/berth-ns/verbs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace berth::ns {

namespace {

constexpr auto max_binds = size_t{64};

/// Splits SOURCE:TARGET in place; both are absolute.
sandbox_bind parse_bind(const char* option, char* text, bool writable) {
  auto colon = ::strchr(text, ':');
  if (text[0] != '/' || colon == nullptr || colon[1] != '/')
    fail_usage(option, "needs /SOURCE:/TARGET");
  *colon = '\0';
  return {text, colon + 1, writable};
}

/// Splits FD:TARGET in place.
sandbox_tree parse_tree(char* text) {
  auto colon = ::strchr(text, ':');
  if (colon == nullptr || colon[1] != '/')
    fail_usage("--tree-fd", "needs N:/TARGET");
  *colon = '\0';
  return {descriptor("--tree-fd", text), colon + 1};
}

bool parse_network(std::string_view word) {
  if (word != "host" && word != "none")
    fail_usage("--net", "host or none");
  return word == "host";
}

/// Reads one option; `args` stands on its last word afterwards.
void parse_option(char**& args, sandbox_plan& plan, bool& network_chosen) {
  auto option = std::string_view{*args};
  if (option == "--userns-fd") {
    plan.userns = descriptor("--userns-fd", value_of(args));
  } else if (option == "--net") {
    plan.host_network = parse_network(value_of(args));
    network_chosen = true;
  } else if (option == "--net-fd") {
    plan.netns = descriptor("--net-fd", value_of(args));
    network_chosen = true;
  } else if (option == "--cgroup-fd") {
    plan.cgroups.push_back(descriptor("--cgroup-fd", value_of(args)));
  } else if (option == "--tree-fd") {
    value_of(args);
    plan.trees.push_back(parse_tree(*args));
  } else if (option == "--workshop") {
    plan.is_workshop = true;
  } else if (option == "--bind" || option == "--idmap") {
    auto name = *args;
    value_of(args);
    plan.binds.push_back(parse_bind(name, *args, option == "--idmap"));
  } else if (option == "--keep-fd") {
    plan.keep.push_back(descriptor("--keep-fd", value_of(args)));
  } else {
    fail_usage(*args, "no such option");
  }
}

sandbox_plan parse(char** args) {
  auto plan = sandbox_plan{};
  auto network_chosen = false;
  for (; *args != nullptr && std::string_view{*args} != "--"; ++args)
    parse_option(args, plan, network_chosen);
  if (plan.userns < 0 || !network_chosen)
    fail_usage("sandbox", "needs --userns-fd N and --net host|none or "
                          "--net-fd N");
  if (plan.binds.size() > max_binds)
    fail_usage("sandbox", "too many binds");
  plan.program = program_behind(args);
  std::sort(plan.keep.begin(), plan.keep.end());
  return plan;
}

/// A fork that reports its failure.
pid_t fork_or_fail(const char* whom) {
  return must(::fork(), "fork", whom);
}

/// From here on we die with our parent. `parent` is a pidfd of it, for the case
/// that it died a moment ago.
void die_with(int parent) {
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl", "PDEATHSIG");
  auto ended = pollfd{parent, POLLIN, 0};
  if (::poll(&ended, 1, 0) != 0)
    ::_exit(exit_failure);
}

int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Process 2: the program. `file` was opened on the host, where it lives.
[[noreturn]] void run_program(const sandbox_plan& plan, int file,
                              const sigset_t& unblocked) {
  auto keep = plan.keep;
  keep.insert(std::lower_bound(keep.begin(), keep.end(), file), file);
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl", "PDEATHSIG");
  must(::chdir("/"), "chdir", "/");
  ::umask(022);
  ::sigprocmask(SIG_SETMASK, &unblocked, nullptr);
  plan.is_workshop ? confine_workshop(keep) : confine(keep);
  ::fexecve(file, plan.program, environ);
  fail("fexecve", plan.program[0]);
}

/// From here on what we do and start is counted there. cgroups(7): 0 is the
/// writer.
void join_cgroups(const std::vector<int>& cgroups) {
  for (auto each : cgroups)
    must(::write(each, "0", 1), "write", "cgroup.procs");
}

/// Process 1 of the sandbox: makes it, starts the program, buries the dead. Its
/// end is the end of every process in it.
[[noreturn]] void run_init(const sandbox_plan& plan, int parent,
                           const sigset_t& unblocked) {
  die_with(parent);
  join_cgroups(plan.cgroups);
  auto file = must(::open(plan.program[0], O_PATH | O_CLOEXEC), "open",
                   plan.program[0]);
  build_root(plan);
  enter_userns(plan.userns);
  if (plan.is_workshop)
    furnish_workshop();
  ::prctl(PR_SET_DUMPABLE, 0);
  die_with(parent); // a change of ids forgets it
  auto program = fork_or_fail("program");
  if (program == 0)
    run_program(plan, file, unblocked);
  ::close(STDIN_FILENO);
  ::close(STDOUT_FILENO);
  confine({});
  for (;;) {
    auto status = 0;
    auto pid = ::waitpid(-1, &status, 0);
    if (pid == program)
      ::_exit(exit_code(status));
    if (pid < 0 && errno != EINTR)
      ::_exit(exit_failure);
  }
}

/// Ends the sandbox, waits until no process of it is left, and dies by the
/// signal that asked for it.
[[noreturn]] void end_by(int signal, pid_t init) {
  ::kill(init, SIGKILL);
  while (::waitpid(init, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::signal(signal, SIG_DFL);
  auto only = sigset_t{};
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::raise(signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::_exit(128 + signal);
}

/// The outer process, on the host: nothing but a handle on the sandbox.
int wait_for(pid_t init, const sigset_t& awaited) {
  ::close(STDIN_FILENO);
  ::close(STDOUT_FILENO);
  close_others({});
  for (;;) {
    auto status = 0;
    if (::waitpid(init, &status, WNOHANG) == init)
      return exit_code(status);
    auto signal = ::sigwaitinfo(&awaited, nullptr);
    if (signal > 0 && signal != SIGCHLD)
      end_by(signal, init);
  }
}

} // namespace

int run_sandbox(char** args) {
  auto starter = ::getppid();
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl", "PDEATHSIG");
  if (::getppid() != starter)
    return exit_failure;
  ::prctl(PR_SET_DUMPABLE, 0);
  auto plan = parse(args);
  auto awaited = sigset_t{};
  auto unblocked = sigset_t{};
  ::sigemptyset(&awaited);
  for (auto signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT})
    ::sigaddset(&awaited, signal);
  ::sigprocmask(SIG_BLOCK, &awaited, &unblocked);
  auto self = static_cast<int>(
    must(::syscall(SYS_pidfd_open, ::getpid(), 0), "pidfd_open", "self"));
  if (plan.netns >= 0)
    must(::setns(plan.netns, CLONE_NEWNET), "setns", "network namespace");
  auto has_network = plan.host_network || plan.netns >= 0;
  auto spaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS
                | CLONE_NEWCGROUP | (has_network ? 0 : CLONE_NEWNET);
  must(::unshare(spaces), "unshare", "namespaces");
  auto init = fork_or_fail("init");
  if (init == 0)
    run_init(plan, self, unblocked);
  return wait_for(init, awaited);
}

} // namespace berth::ns
