#include "sys/process.hpp"
#include "sys/spawn.hpp"
#include "test/sys/support.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

constexpr auto workspace_user = 33333;

void bind(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  BOOST_REQUIRE_EQUAL(
    ::mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr), 0);
}

/// A root as a workspace has it, with berth-init as /init.
struct workspace {
  workspace() {
    for (auto name : {"workspace/repo", "home/gitpod", "dev", "proc", "tmp"})
      fs::create_directories(root / name);
    for (auto name : {"workspace", "workspace/repo", "home/gitpod"})
      BOOST_REQUIRE_EQUAL(
        ::chown((root / name).c_str(), workspace_user, workspace_user), 0);
    for (auto name : {"bin", "lib", "lib64", "sbin"})
      fs::create_symlink(std::string{"usr/"} + name, root / name);
    ::mknod((root / "dev/null").c_str(), S_IFCHR, ::makedev(1, 3));
    fs::permissions(root / "dev/null", fs::perms{0666});
    fs::permissions(root / "tmp", fs::perms{01777});
    write(root / "dev/termination-log", "");
    fs::copy_file(program("berth-init"), root / "init");
  }

  /// Runs `body` in the root, where the first child is process 1.
  void inside(const std::function<void()>& body) {
    in_own(CLONE_NEWNS | CLONE_NEWPID, [&] {
      bind("/usr", root / "usr");
      bind("/etc", root / "etc");
      BOOST_REQUIRE_EQUAL(::chroot(root.path().c_str()), 0);
      BOOST_REQUIRE_EQUAL(::chdir("/"), 0);
      body();
    });
  }

  ending run_tasks(const std::string& tasks) {
    auto end = ending{};
    inside([&] { end = run({"/init"}, {.env = environment(tasks)}); });
    return end;
  }

  static std::vector<std::string> environment(const std::string& tasks) {
    return {"PATH=/usr/bin:/bin", "GITPOD_HEADLESS=true",
            "GITPOD_REPO_ROOT=/workspace/repo", "GITPOD_TASKS=" + tasks};
  }

  std::string message() const { return read(root / "dev/termination-log"); }
  fs::path log(int number) const {
    return root / ("workspace/.gitpod/prebuild-log-" + std::to_string(number));
  }

  temporary_directory root;
};

/// Whether proc(5) shows that SIGTERM would be heard: who ends a workspace
/// waits for that.
bool shows_that_it_listens(pid_t pid) {
  auto status = read("/proc/" + std::to_string(pid) + "/status");
  auto at = status.find("SigCgt:");
  BOOST_REQUIRE(at != std::string::npos);
  return (std::stoull(status.substr(at + 7), nullptr, 16) >> (SIGTERM - 1) & 1)
         != 0;
}

/// Whether berth-init has come to where it waits: it sleeps nowhere else.
bool is_waiting(pid_t pid) {
  auto status = read("/proc/" + std::to_string(pid) + "/status");
  return status.find("State:\tS") != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(init, workspace)

BOOST_AUTO_TEST_CASE(runs_a_task_as_the_user_in_the_repository) {
  auto end = run_tasks(
    R"([{"name":"one","before":"id -u; id -g","init":"pwd # where","command":"echo $HOME $X",)"
    R"("env":{"X":"\u00e4 b"},"openMode":"tab-after"}])");
  BOOST_TEST(end.code == 0, end.err);
  BOOST_TEST(end.out
             == "33333\n33333\n/workspace/repo\n/home/gitpod \u00e4 b\n");
  BOOST_TEST(read(log(0)) == end.out);
  BOOST_TEST(message() == "");
  struct stat found;
  BOOST_REQUIRE_EQUAL(::stat(log(0).c_str(), &found), 0);
  BOOST_TEST(found.st_uid == 33333U);
}

BOOST_AUTO_TEST_CASE(prefers_prebuild_to_command) {
  auto end = run_tasks(R"([{"command":"echo no","prebuild":"echo yes"}])");
  BOOST_TEST(end.out == "yes\n");
}

BOOST_AUTO_TEST_CASE(stops_a_task_at_its_first_failure_and_says_so) {
  auto end = run_tasks(R"([{"command":"true"},)"
                       R"({"before":"exit 5","command":"echo never"}])");
  BOOST_TEST(end.code == 1);
  BOOST_TEST(end.out == "");
  BOOST_TEST(message() == "headless task failed: task 1 exited with code 5");
}

BOOST_AUTO_TEST_CASE(runs_tasks_side_by_side) {
  // Each waits for the other: one after the other they would never end.
  auto end = run_tasks(
    R"([{"command":"mkfifo /tmp/p; echo a >/tmp/p"},)"
    R"({"command":"until [ -p /tmp/p ]; do :; done; cat /tmp/p"}])");
  BOOST_TEST(end.code == 0);
  BOOST_TEST(read(log(1)) == "a\n");
}

BOOST_AUTO_TEST_CASE(ends_at_once_without_tasks) {
  BOOST_TEST(run_tasks("[]").code == 0);
  BOOST_TEST(run_tasks("").code == 0);
  BOOST_TEST(message() == "");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_list_of_tasks) {
  for (auto wrong : {"{}", "[1]", "[", "[]]", R"([{"init":5}])", "[{},]",
                     R"([{"init":"a\u0000b"}])", R"(["\ud800"])", "[01]"}) {
    BOOST_TEST(run_tasks(wrong).code == 1, wrong);
    BOOST_TEST(message()
               == "headless task failed: GITPOD_TASKS is no list of "
                  "tasks");
  }
}

BOOST_AUTO_TEST_CASE(buries_orphans) {
  auto end = run_tasks(
    R"([{"command":"mount -t proc p /proc; sh -c 'true &'; timeout 20 sh -c )"
    R"('while grep -q ^State:.Z /proc/[0-9]*/status; do :; done'"}])");
  BOOST_TEST(end.code == 0);
}

BOOST_AUTO_TEST_CASE(follows_no_link_to_write_a_log) {
  write(root / "precious", "keep");
  fs::create_directories(root / "workspace/.gitpod");
  fs::create_symlink("/precious", log(0));
  auto end = run_tasks(R"([{"command":"echo hi"}])");
  BOOST_TEST(end.code == 0);
  BOOST_TEST(end.out == "hi\n");
  BOOST_TEST(read(root / "precious") == "keep");
}

BOOST_AUTO_TEST_CASE(ends_its_tasks_when_told_to) {
  inside([&] {
    int raw[2];
    BOOST_REQUIRE_EQUAL(::pipe2(raw, O_CLOEXEC), 0);
    auto reader = sys::fd{raw[0]};
    auto writer = sys::fd{raw[1]};
    auto spec = sys::spawn_spec{};
    spec.argv = {"/init"};
    spec.env = environment(
      R"([{"command":"trap 'echo bye >/tmp/bye; exit 0' TERM; echo up; )"
      R"(while :; do sleep 1; done"}])");
    spec.fds = {{writer.get(), 1}};
    auto child = need(sys::spawn(spec));
    auto byte = char{};
    BOOST_REQUIRE_EQUAL(::read(reader.get(), &byte, 1), 1); // the trap is set
    ::kill(child.pid, SIGTERM);
    BOOST_TEST(need(sys::wait_child(child.pid)) == 128 + SIGTERM);
  });
  BOOST_TEST(read(root / "tmp/bye") == "bye\n");
  BOOST_TEST(message() == "");
}

BOOST_AUTO_TEST_CASE(idles_in_a_regular_workspace_until_told_to_end) {
  auto init = sys::spawned{};
  inside([&] {
    auto spec = sys::spawn_spec{};
    spec.argv = {"/init"};
    init = need(sys::spawn(spec));
  });
  while (!is_waiting(init.pid)) {
  }
  BOOST_TEST(shows_that_it_listens(init.pid));
  ::kill(init.pid, SIGCHLD);
  ::kill(init.pid, SIGTERM);
  BOOST_TEST(need(sys::wait_child(init.pid)) == 0);
}

BOOST_AUTO_TEST_CASE(waits_for_the_rest_of_its_environment) {
  BOOST_REQUIRE_EQUAL(::mkfifo((root / "pipe").c_str(), 0644), 0);
  inside([&] {
    auto spec = sys::spawn_spec{};
    spec.argv = {"/init"};
    spec.env = {"PATH=/usr/bin:/bin", "BERTH_ENVIRONMENT=/pipe", "X=old"};
    auto init = need(sys::spawn(spec));
    auto pipe = sys::fd{::open("/pipe", O_WRONLY | O_CLOEXEC)};
    auto rest = std::string{"GITPOD_HEADLESS=true\0X=new = er\0", 32};
    rest += R"(GITPOD_TASKS=[{"init":"echo $X $BERTH_ENVIRONMENT > /tmp/x"}])";
    rest += '\0';
    BOOST_REQUIRE_EQUAL(::write(pipe.get(), rest.data(), rest.size()),
                        static_cast<ssize_t>(rest.size()));
    pipe = sys::fd{};
    BOOST_TEST(need(sys::wait_child(init.pid)) == 0);
  });
  BOOST_TEST(read(root / "tmp/x") == "new = er\n");
}

BOOST_AUTO_TEST_CASE(ends_while_it_waits_for_its_environment) {
  BOOST_REQUIRE_EQUAL(::mkfifo((root / "pipe").c_str(), 0644), 0);
  auto init = sys::spawned{};
  inside([&] {
    auto spec = sys::spawn_spec{};
    spec.argv = {"/init"};
    spec.env = {"BERTH_ENVIRONMENT=/pipe"};
    init = need(sys::spawn(spec));
  });
  while (!is_waiting(init.pid)) {
  }
  ::kill(init.pid, SIGTERM);
  BOOST_TEST(need(sys::wait_child(init.pid)) == 0);
}

BOOST_AUTO_TEST_CASE(is_of_no_use_but_as_process_1) {
  BOOST_TEST(run({program("berth-init").native()}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
