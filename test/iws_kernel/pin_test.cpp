#include "sys/cgroup.hpp"
#include "test/iws_kernel/fixture.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

using namespace berth;
using namespace berth::test;

namespace {

/// A process of two threads that goes into a container by force, and into
/// cgroup `cgroup` or the container's.
struct threaded_visitor {
  threaded_visitor(const workspace_container& container, const pinned& init,
                   std::string cgroup = "");
  threaded_visitor(const threaded_visitor&) = delete;
  threaded_visitor& operator=(const threaded_visitor&) = delete;
  ~threaded_visitor();

  int32_t pid = 0, thread = 0; ///< as the container counts

private:
  std::string own_cgroup_;
  int child_ = -1;
};

int report_tid(void* to) {
  auto tid = static_cast<int32_t>(::syscall(SYS_gettid));
  [[maybe_unused]] auto n = ::write(*static_cast<int*>(to), &tid, sizeof(tid));
  for (;;)
    ::pause();
}

[[noreturn]] void visit(const sys::pinned_process& where, int go, int tell) {
  auto byte = char{};
  if (::read(go, &byte, 1) != 1 || ::setns(where.net_ns.get(), 0) < 0
      || ::setns(where.mount_ns.get(), 0) < 0
      || ::setns(where.pid_ns.get(), 0) < 0)
    ::_exit(1);
  if (::fork() != 0)
    for (;;)
      ::pause();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  static char stack[64 * 1024];
  ::clone(report_tid, stack + sizeof(stack),
          CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_FILES, &tell);
  auto pid = static_cast<int32_t>(::getpid());
  [[maybe_unused]] auto n = ::write(tell, &pid, sizeof(pid));
  for (;;)
    ::pause();
}

threaded_visitor::threaded_visitor(const workspace_container& container,
                                   const pinned& init, std::string cgroup)
  : own_cgroup_(std::move(cgroup)) {
  int go[2], told[2];
  BOOST_REQUIRE_EQUAL(::pipe2(go, O_CLOEXEC) | ::pipe2(told, O_CLOEXEC), 0);
  child_ = ::fork();
  if (child_ == 0)
    visit(*init.process, go[0], told[1]);
  auto layout = sys::find_cgroups();
  BOOST_REQUIRE(layout);
  auto name = own_cgroup_.empty() ? container.cgroup : own_cgroup_;
  BOOST_REQUIRE(sys::put_process(*layout, name, child_));
  BOOST_REQUIRE_EQUAL(::write(go[1], "+", 1), 1);
  int32_t ids[2] = {};
  for (auto& id : ids)
    BOOST_REQUIRE_EQUAL(::read(told[0], &id, sizeof(id)), sizeof(id));
  pid = std::min(ids[0], ids[1]);
  thread = std::max(ids[0], ids[1]);
  for (auto end : {go[0], go[1], told[0], told[1]})
    ::close(end);
}

threaded_visitor::~threaded_visitor() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
  if (auto layout = sys::find_cgroups(); layout && !own_cgroup_.empty())
    (void)sys::remove_cgroup(*layout, own_cgroup_, 10s);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_pin, iws_node)

BOOST_AUTO_TEST_CASE(a_process_is_found_by_the_containers_own_number) {
  auto w1 = start_one("w1");
  auto inner = shell{*this, "w1", {"/bin/sh"}};
  auto found = pin(w1, inner.pid());
  auto status = output_of("grep NSpid /proc/"
                          + std::to_string(found.process->pid) + "/status");
  BOOST_TEST(status.ends_with("\t" + std::to_string(inner.pid()) + "\n"));
  BOOST_TEST(sys::is_alive(*found.process));
  auto nested = unshared("w1", "-Upf");
  BOOST_TEST(pin(w1, nested.pid()).process->pid != found.process->pid);
  inner.leave();
  BOOST_TEST(!sys::is_alive(*found.process));
}

BOOST_AUTO_TEST_CASE(every_other_number_gets_the_same_answer) {
  auto w1 = start_one("w1");
  auto w2 = start_one("w2", 1);
  auto inner = unshared("w1", "-Upf");
  auto theirs = shell{*this, "w2", {"/bin/sh"}};
  // Numbers that no process of w1 has, but some of w2, and w1's own ones as
  // this machine counts.
  for (auto i = 0; i < 20; ++i)
    theirs("/bin/true");
  auto far = shell{*this, "w2", {"/bin/sh"}};
  auto host = pin(w1, inner.pid()).process->pid;
  auto answers = std::set<std::string>{};
  for (auto pid :
       {int64_t{0}, int64_t{-1}, int64_t{1} << 31, INT64_MAX, INT64_MIN,
        int64_t{4194305}, int64_t{::getpid()}, int64_t{host},
        int64_t{w1.init.pid}, int64_t{w2.init.pid}, far.pid()}) {
    auto found = tell<pinned>(hands.process(), pin_process{w1, pid});
    BOOST_REQUIRE_MESSAGE(!found, pid);
    BOOST_TEST(code_of(found.error()) == ec::invalid_argument);
    answers.insert(describe(found.error()));
  }
  BOOST_TEST(answers.size() == 1U);
  BOOST_TEST(pin_code(w1, 1) == ec::none);
}

BOOST_AUTO_TEST_CASE(an_inner_number_is_not_the_containers) {
  auto w1 = start_one("w1");
  // Counts from 1 in its own pid namespace.
  auto inner = unshared("w1", "-Upf");
  BOOST_TEST(inner("echo $$") == "1");
  auto found = pin(w1, 1);
  BOOST_TEST(found.process->pid == w1.init.pid);
}

BOOST_AUTO_TEST_CASE(a_zombie_is_no_process) {
  auto w1 = start_one("w1");
  auto inner = shell{*this, "w1", {"/bin/sh"}};
  // It ends when its parent has become a program that never waits.
  auto zombie = inner(
    "sh -c '{ until [ $(cat /proc/$$/comm) = sleep ]; do :; done; } & echo "
    "$!; exec sleep 1000' >/tmp/z & until [ -s /tmp/z ] && grep -q ') Z' "
    "/proc/$(cat /tmp/z)/stat; do :; done 2>/dev/null; cat /tmp/z");
  BOOST_TEST(pin_code(w1, std::stoll(zombie)) == ec::invalid_argument);
  BOOST_TEST(pin_code(w1, inner.pid()) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_thread_is_no_process) {
  auto w1 = start_one("w1");
  auto visitor = threaded_visitor{w1, pin(w1, 1)};
  BOOST_TEST_REQUIRE(visitor.pid != visitor.thread);
  BOOST_TEST(pin_code(w1, visitor.pid) == ec::none);
  BOOST_TEST(pin_code(w1, visitor.thread) == ec::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_process_that_only_visits_is_not_the_workspaces) {
  auto w1 = start_one("w1");
  // In its namespaces, but put there from outside, as an exec that has not
  // got to its cgroup would be.
  auto visitor = threaded_visitor{w1, pin(w1, 1), "berth-test-elsewhere"};
  BOOST_TEST(pin_code(w1, visitor.pid) == ec::invalid_argument);
}

BOOST_AUTO_TEST_CASE(numbers_that_pass_from_one_to_another_are_told_apart) {
  auto w1 = start_one("w1");
  auto churn = shell{*this, "w1", {"/bin/sh"}};
  churn("{ while :; do true & wait $!; done; } & echo");
  auto found = 0;
  for (auto pid = churn.pid() + 1; pid < churn.pid() + 300; ++pid) {
    auto one = tell<pinned>(hands.process(), pin_process{w1, pid});
    if (!one)
      continue;
    ++found;
    // Whoever it is now, it never was anything but this number.
    auto text = output_of("grep -s NSpid /proc/"
                          + std::to_string(one->process->pid) + "/status");
    if (sys::is_alive(*one->process))
      BOOST_TEST(text.ends_with("\t" + std::to_string(pid) + "\n"));
    BOOST_TEST(map_ids(w1, *one, whole_range(w1)) != ec::none);
  }
  BOOST_TEST_MESSAGE(found << " of 300 were found");
}

BOOST_AUTO_TEST_CASE(a_pinned_process_that_died_is_refused_everywhere) {
  auto w1 = start_one("w1");
  auto inner = ring(w1, "w1");
  auto target = pin(w1, inner.pid());
  inner.leave();
  BOOST_TEST(map_ids(w1, target, whole_range(w1)) == ec::invalid_argument);
  BOOST_TEST(mount(target, kernel_fs::proc, "/tmp") == ec::invalid_argument);
  BOOST_TEST(unmount(target, kernel_fs::proc, "/tmp") == ec::invalid_argument);
  BOOST_TEST(code(hands.network(), join_network{w1, target})
             == ec::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_container_that_is_gone_has_no_processes) {
  auto w1 = start_one("w1");
  need<done>(terminate{"w1", 0s});
  BOOST_TEST(pin_code(w1, 1) == ec::unavailable);
  auto other = start_one("w2", 1);
  other.init.start_time += 1;
  BOOST_TEST(pin_code(other, 1) == ec::unavailable);
}

BOOST_AUTO_TEST_SUITE_END()
