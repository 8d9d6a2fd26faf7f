#include "sys/cgroup.hpp"
#include "sys/cgroup_files.hpp"
#include "sys/process.hpp"
#include "test/iws_races/race.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

using namespace berth;
using namespace berth::test;

namespace fs = std::filesystem;

/// Processes that come, go and pass their numbers on while the node acts on
/// them.
namespace {

constexpr auto pid_limit = "/proc/sys/kernel/pid_max";
constexpr auto few_pids = 400; // the kernel's least is 301

std::string text_in(const std::string& file) {
  auto text = std::string{};
  std::getline(std::ifstream{file}, text, '\0');
  return text;
}

std::string set_pid_limit(pid_t of, const std::string& to) {
  return output_of("nsenter -t " + std::to_string(of) + " -p sh -c 'echo " + to
                   + " > " + pid_limit + "' 2>&1");
}

/// Gives numbers out again soon; false if this kernel has one limit for all
/// (before 6.14). It is never set to less for the machine.
bool shrink_pids(pid_t of) {
  auto limit = std::stol(text_in(pid_limit));
  set_pid_limit(of, std::to_string(limit - 1));
  if (std::stol(text_in(pid_limit)) != limit) {
    std::ofstream{pid_limit} << limit;
    return false;
  }
  set_pid_limit(of, std::to_string(few_pids));
  return true;
}

/// Short lives, each in namespaces of its own.
void live_shortly(unsigned round) {
  if (::fork() != 0) {
    if (round % 16 == 0)
      ::sched_yield();
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET);
  for (auto i = 0u; i < round % 64; ++i)
    ::sched_yield();
  ::_exit(0);
}

/// Which process a map was asked for. Every map is another one.
class asked_maps {
public:
  explicit asked_maps(uint32_t first_id) : first_id_(first_id) {}

  id_map for_process(const pinned& process, int64_t number) {
    auto lock = std::lock_guard{mutex_};
    auto id = first_id_ + static_cast<uint32_t>(asked_.size() % 65000);
    asked_[id].emplace_back(number, process.process->start_time);
    return {{0, id, 1}};
  }

  /// Whether a process with this map, if it has one, is who was named.
  bool is_right(pid_t pid) {
    auto map = std::istringstream{
      text_in("/proc/" + std::to_string(pid) + "/uid_map")};
    auto inside = uint32_t{}, here = uint32_t{}, size = uint32_t{};
    auto started = sys::start_time(pid);
    auto status = text_in("/proc/" + std::to_string(pid) + "/status");
    // One that is dead has no number any more.
    if (!(map >> inside >> here >> size) || size != 1 || !started
        || status.empty() || !sys::start_time(pid))
      return true;
    auto numbers = status.substr(status.find("NSpid:"));
    numbers = numbers.substr(0, numbers.find('\n'));
    auto lock = std::lock_guard{mutex_};
    for (auto [number, start] : asked_[here])
      if (start == *started && numbers.ends_with("\t" + std::to_string(number)))
        return true;
    return false;
  }

private:
  std::mutex mutex_;
  uint32_t first_id_;
  std::map<uint32_t, std::vector<std::pair<int64_t, uint64_t>>> asked_;
};

constexpr auto dying = {ec::none,
                        ec::invalid_argument,
                        ec::not_found,
                        ec::failed_precondition,
                        ec::permission_denied,
                        ec::already_exists,
                        ec::exhausted}; // no number is free

/// Whom of our helpers the kernel shows, the inner ones included.
std::vector<pid_t> helpers() {
  auto found = std::vector<pid_t>{};
  auto look = [&found](const std::string& process, auto&& again) -> void {
    auto err = std::error_code{};
    for (const auto& task : fs::directory_iterator{process + "/task", err}) {
      auto children = std::istringstream{text_in(task.path() / "children")};
      for (auto child = pid_t{}; children >> child;) {
        auto at = "/proc/" + std::to_string(child);
        if (text_in(at + "/comm") != "berth-ns\n")
          continue;
        found.push_back(child);
        again(at, again);
      }
    }
  };
  look("/proc/self", look);
  return found;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(races_of_processes, race_node)

BOOST_AUTO_TEST_CASE(numbers_pass_on_and_maps_do_not) {
  if (!shrink_pids(w1.init.pid))
    BOOST_TEST_MESSAGE("numbers pass on slowly: one limit for all namespaces");
  remember_machine();
  auto maps = asked_maps{w1.first_id};
  auto wrong = std::atomic<unsigned>{0};
  auto layout = sys::find_cgroups();
  BOOST_REQUIRE(layout);
  auto outcomes = std::map<ec, unsigned>{};
  {
    auto other = attacker{pin(w1, 1), live_shortly, w1.cgroup};
    outcomes = contend(
      [&](unsigned round) {
        auto number = int64_t{30} + round % (few_pids - 30);
        auto found = tell<pinned>(hands.process(), pin_process{w1, number});
        if (!found)
          return code_of(found.error());
        auto map = maps.for_process(*found, number);
        auto outcome
          = outcome_of(hands.process(), write_id_map{w1, *found, false, map});
        for (auto pid : sys::processes_below(*layout, w1.cgroup))
          wrong += !maps.is_right(pid);
        return outcome;
      },
      one_has_to_pass);
  }
  test::tell("maps", outcomes);
  BOOST_TEST(wrong == 0u);
  BOOST_TEST(outcomes[ec::none] > 0u);
  BOOST_TEST(has_only(outcomes, dying));
  check_machine();
}

BOOST_AUTO_TEST_CASE(processes_die_while_something_is_done_for_them) {
  shrink_pids(w1.init.pid);
  remember_machine();
  auto joining = std::mutex{};
  auto outcomes = std::map<ec, unsigned>{};
  {
    auto other = attacker{target, live_shortly, w1.cgroup};
    outcomes = contend([&](unsigned round) {
      auto number = int64_t{30} + round % (few_pids - 30);
      auto found = tell<pinned>(hands.process(), pin_process{w1, number});
      if (!found)
        return code_of(found.error());
      if (round % 2 == 0)
        return outcome_of(hands.mount(),
                          mount_kernel_fs{*found, kernel_fs::proc, "/tmp/p"});
      // A workspace's service joins one at a time.
      auto lock = std::lock_guard{joining};
      return outcome_of(hands.network(), join_network{w1, *found});
    });
  }
  test::tell("deaths", outcomes);
  BOOST_TEST(has_only(outcomes, dying));
  // With its namespace goes a pair, when the kernel gets round to it. (Or a
  // process was joined that had the ring's still.)
  auto joined = ec::already_exists;
  for (auto give_up = std::chrono::steady_clock::now() + calm_down;
       joined == ec::already_exists
       && std::chrono::steady_clock::now() < give_up;)
    joined = outcome_of(hands.network(), join_network{w1, target});
  BOOST_TEST(joined == ec::none);
  check_machine();
}

BOOST_AUTO_TEST_CASE(a_process_moves_between_cgroups) {
  constexpr auto elsewhere = "berth-test-elsewhere";
  auto layout = sys::find_cgroups();
  BOOST_REQUIRE(layout);
  auto guest = shell{*this, "w1", {"/bin/sh"}};
  auto number = guest.pid();
  auto host = pin(w1, number).process->pid;
  BOOST_REQUIRE(sys::make_leaf(*layout, elsewhere));
  remember_machine();
  auto over = std::atomic<bool>{false};
  auto mover = std::thread{[&] {
    for (auto i = 0u; !over; ++i)
      (void)sys::put_process(*layout, i % 2 != 0 ? w1.cgroup : elsewhere, host);
    (void)sys::put_process(*layout, elsewhere, host);
  }};
  auto outcomes = contend([&](unsigned) {
    return outcome_of<pinned>(hands.process(), pin_process{w1, number});
  });
  over = true;
  mover.join();
  test::tell("cgroups", outcomes);
  BOOST_TEST(has_only(outcomes, {ec::none, ec::invalid_argument}));
  BOOST_TEST(pin_code(w1, number) == ec::invalid_argument);
  BOOST_REQUIRE(sys::put_process(*layout, w1.cgroup, host));
  BOOST_TEST(pin_code(w1, number) == ec::none);
  check_machine();
  (void)sys::remove_cgroup(*layout, elsewhere, 10s);
}

BOOST_AUTO_TEST_CASE(a_workspace_full_of_processes_is_served) {
  remember_machine();
  auto outcomes = std::map<ec, unsigned>{};
  {
    auto fork_on = [](unsigned) {
      if (::fork() != 0)
        return;
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;)
        ::pause();
    };
    auto other = attacker{target, fork_on, w1.cgroup};
    outcomes = contend(
      [&](unsigned round) {
        if (round % 2 != 0)
          return outcome_of(hands.mount(),
                            unmount_fs{target, kernel_fs::proc, "/tmp/p"});
        return mount_at("/tmp/p");
      },
      one_has_to_pass);
  }
  test::tell("fork bomb", outcomes);
  BOOST_TEST(outcomes[ec::none] > 0u);
  BOOST_TEST(has_only(outcomes, {ec::none, ec::not_found}));
  check_machine();
}

BOOST_AUTO_TEST_CASE(descriptors_of_the_node_run_out_and_come_back) {
  remember_machine();
  auto usual = rlimit{};
  ::getrlimit(RLIMIT_NOFILE, &usual);
  auto next = ::dup(0);
  ::close(next);
  auto few = usual;
  few.rlim_cur = static_cast<rlim_t>(next) + 16;
  ::setrlimit(RLIMIT_NOFILE, &few);
  auto outcomes = contend([&](unsigned round) {
    auto found = tell<pinned>(hands.process(), pin_process{w1, inner.pid()});
    if (!found)
      return code_of(found.error());
    if (round % 2 != 0)
      return outcome_of(hands.network(), join_network{w1, *found});
    return outcome_of(hands.mount(),
                      mount_kernel_fs{*found, kernel_fs::proc, "/tmp/p"});
  });
  ::setrlimit(RLIMIT_NOFILE, &usual);
  test::tell("descriptors", outcomes);
  BOOST_TEST(outcomes.size() > 1u); // some were refused
  BOOST_TEST(mount_at("/tmp/a") == ec::none);
  BOOST_TEST(code(hands.network(), join_network{w1, target}) == ec::none);
  check_machine();
}

BOOST_AUTO_TEST_CASE(helpers_are_killed_at_any_moment) {
  remember_machine();
  auto over = std::atomic<bool>{false};
  auto killed = std::atomic<unsigned>{0};
  auto killer = std::thread{[&] {
    for (auto i = 0u; !over; ++i)
      for (auto helper : helpers())
        if (++i % 3 == 0 && ::kill(helper, SIGKILL) == 0)
          ++killed;
  }};
  auto outcomes = contend([&](unsigned round) {
    if (round % 2 != 0)
      return outcome_of(hands.mount(),
                        unmount_fs{target, kernel_fs::proc, "/tmp/p"});
    return mount_at("/tmp/p");
  });
  over = true;
  killer.join();
  test::tell("killed helpers", outcomes);
  BOOST_TEST_MESSAGE(killed << " were killed");
  BOOST_TEST(outcomes[ec::internal] > 0u);
  BOOST_TEST(has_only(outcomes, {ec::none, ec::not_found, ec::internal}));
  while (inner("umount -l /tmp/p 2>/dev/null && echo one") == "one") {
  }
  BOOST_TEST(mount_at("/tmp/p") == ec::none);
  check_machine();
}

BOOST_AUTO_TEST_SUITE_END()
