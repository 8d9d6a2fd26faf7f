#include "test/ring/rings.hpp"

#include "test/ring/broker.hpp"
#include "test/ring/caller.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace berth::ring {

namespace {

constexpr auto node_socket = "/.workspace/daemon.sock";
constexpr auto brokers = 5;

void say(const std::string& step, const std::string& answer) {
  ::printf("%s: %s\n", step.c_str(), answer.c_str());
  ::fflush(stdout);
}

/// A child in namespaces of its own: 0 there.
pid_t fork_into(unsigned long namespaces) {
  auto child = static_cast<pid_t>(
    ::syscall(SYS_clone, namespaces | SIGCHLD, nullptr, nullptr, nullptr, 0));
  need(child, "clone");
  return child;
}

int exit_code_of(pid_t child) {
  auto status = 0;
  need(::waitpid(child, &status, 0), "waitpid");
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string text_of(const char* path) {
  char text[4096] = {};
  auto file = ::open(path, O_RDONLY | O_CLOEXEC);
  need(file, path);
  need(::read(file, text, sizeof(text) - 1), path);
  ::close(file);
  auto line = std::string{};
  for (auto word = ::strtok(text, " \n"); word != nullptr;
       word = ::strtok(nullptr, " \n"))
    line += (line.empty() ? "" : " ") + std::string{word};
  return line;
}

void say_device(const char* path) {
  struct stat found {};
  if (::stat(path, &found) < 0)
    return say(path, "is not there");
  char text[128];
  ::snprintf(text, sizeof(text), "%s %u:%u %o %u",
             S_ISCHR(found.st_mode) ? "device" : "something",
             major(found.st_rdev), minor(found.st_rdev), found.st_mode & 07777u,
             found.st_uid);
  say(path, text);
}

void bind_at(const std::string& source, const std::string& target) {
  need(
    ::mount(source.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr),
    "bind " + source);
}

/// As the stock client does, which knows nothing else. Without shiftfs in the
/// kernel, and nobody who stands in for it, the mark is bound: it shows what
/// shiftfs would.
void mount_root(const std::string& root) {
  constexpr auto mark = "/.workspace/mark";
  if (::mount(mark, root.c_str(), "shiftfs", 0, nullptr) == 0)
    return say("root", "mounted as shiftfs");
  bind_at(mark, root);
  say("root", "bound");
}

std::string make_root() {
  auto root = std::string{"/tmp/supervisorXXXXXX"};
  if (::mkdtemp(root.data()) == nullptr)
    give_up("mkdtemp");
  need(::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "slave");
  mount_root(root);
  for (auto path : {"/workspace", "/sys", "/dev"}) {
    ::mkdir((root + path).c_str(), 0755);
    bind_at(path, root + path);
  }
  for (auto path : {"/tmp", "/proc"})
    ::mkdir((root + path).c_str(), 0755);
  need(::mount("tmpfs", (root + "/tmp").c_str(), "tmpfs", 0, "mode=1777"),
       "tmpfs");
  auto info = root + "/tmp/info.sock";
  ::close(::open(info.c_str(), O_CREAT | O_CLOEXEC, 0666));
  bind_at("/.workspace/info.sock", info);
  return root;
}

/// pivot_root(2) without a place for the old root.
void enter_root(const std::string& root) {
  auto old = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  need(old, "open /");
  need(::chdir(root.c_str()), "chdir");
  need(::syscall(SYS_pivot_root, ".", "."), "pivot_root");
  need(::fchdir(old), "fchdir");
  need(::mount(nullptr, ".", nullptr, MS_REC | MS_SLAVE, nullptr), "slave");
  need(::umount2(".", MNT_DETACH), "umount2");
  need(::chdir("/"), "chdir");
}

[[noreturn]] void run_innermost(const std::string& root, int go,
                                const char* script) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto byte = char{};
  if (::read(go, &byte, 1) != 1)
    ::_exit(1);
  enter_root(root);
  ::execl("/bin/sh", "sh", "-c", script, nullptr);
  give_up("exec");
}

std::string mapping_of(bool gid) {
  return "{\"pid\":" + std::to_string(::getpid())
         + ",\"gid\":" + (gid ? "true" : "false")
         + ",\"mapping\":[{\"containerId\":0,\"hostId\":33333,\"size\":1},"
           "{\"containerId\":1,\"hostId\":100000,\"size\":65534}]}";
}

int run_middle(const char* script) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  {
    auto node = caller{node_socket};
    say("uid mapping", node.ask("WriteIDMapping", mapping_of(false)));
    say("gid mapping", node.ask("WriteIDMapping", mapping_of(true)));
  }
  say("uid_map", text_of("/proc/self/uid_map"));
  say("gid_map", text_of("/proc/self/gid_map"));
  say("setgroups", text_of("/proc/self/setgroups"));
  need(::setresgid(0, 0, 0), "setresgid");
  need(::setresuid(0, 0, 0), "setresuid");
  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // cleared by the change of ids
  auto root = make_root();
  int go[2];
  need(::pipe2(go, O_CLOEXEC), "pipe2");
  auto inner = fork_into(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET);
  if (inner == 0) {
    ::close(go[1]);
    run_innermost(root, go[0], script);
  }
  {
    auto node = caller{node_socket};
    say("proc", node.ask_for("MountProc", inner, root + "/proc"));
    say("cgroup", node.ask("EvacuateCGroup"));
    say("veths", node.ask_for("SetupPairVeths", inner));
  }
  auto asking = start_brokers(brokers);
  need(::write(go[1], "g", 1), "write");
  auto code = exit_code_of(inner);
  for (auto broker : asking) {
    ::kill(broker, SIGKILL);
    ::waitpid(broker, nullptr, 0);
  }
  ::unlink(broker_socket);
  return code;
}

} // namespace

int run_rings(const char* script) {
  ::signal(SIGPIPE, SIG_IGN);
  {
    auto node = caller{node_socket};
    say("prepare", node.ask("PrepareForUserNS"));
  }
  say("mark", ::access("/.workspace/mark/bin/busybox", X_OK) == 0
                ? "shows the root"
                : "shows nothing");
  say_device("/dev/net/tun");
  say_device("/dev/fuse");
  auto middle = fork_into(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP);
  if (middle == 0)
    ::exit(run_middle(script));
  auto code = exit_code_of(middle);
  auto node = caller{node_socket};
  say("teardown", node.ask("Teardown"));
  return code;
}

} // namespace berth::ring
