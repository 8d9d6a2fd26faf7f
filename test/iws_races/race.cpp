#include "test/iws_races/race.hpp"

#include "sys/cgroup.hpp"
#include "sys/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace berth::test {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr auto callers = 3u;
/// For a machine that has much else to do.
constexpr auto longest_wait = 60s;

size_t entries_in(const char* directory) {
  return static_cast<size_t>(
    std::distance(fs::directory_iterator{directory}, fs::directory_iterator{}));
}

} // namespace

std::chrono::seconds race_length() {
#ifdef __SANITIZE_ADDRESS__
  constexpr auto usual = 5; // in which as much happens
#else
  constexpr auto usual = 1;
#endif
  auto text = std::getenv("BERTH_RACE_SECONDS");
  return std::chrono::seconds{text ? std::max(std::atoi(text), 1) : usual};
}

bool become_root_of(const pinned& where) {
  const auto& process = *where.process;
  return ::setns(process.user_ns.get(), CLONE_NEWUSER) == 0
         && ::setns(process.net_ns.get(), CLONE_NEWNET) == 0
         && ::setns(process.pid_ns.get(), CLONE_NEWPID) == 0
         && ::setns(process.mount_ns.get(), CLONE_NEWNS) == 0
         && ::fchdir(process.root.get()) == 0 && ::chroot(".") == 0
         && ::setgroups(0, nullptr) == 0 && ::setresgid(0, 0, 0) == 0
         && ::setresuid(0, 0, 0) == 0;
}

attacker::attacker(const pinned& where, std::function<void(unsigned)> step,
                   const std::string& cgroup) {
  int ready[2], go[2];
  BOOST_REQUIRE_EQUAL(::pipe2(ready, O_CLOEXEC) | ::pipe2(go, O_CLOEXEC), 0);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto byte = char{};
    if (::read(go[0], &byte, 1) != 1 || !become_root_of(where)
        || ::write(ready[1], "+", 1) != 1)
      ::_exit(1);
    ::signal(SIGCHLD, SIG_IGN); // nobody waits for children
    for (auto round = 0u;; ++round)
      step(round);
  }
  ::close(ready[1]);
  ::close(go[0]);
  if (auto layout = sys::find_cgroups(); layout && !cgroup.empty())
    BOOST_REQUIRE(sys::put_process(*layout, cgroup, pid_));
  auto byte = char{};
  BOOST_REQUIRE_EQUAL(::write(go[1], "+", 1), 1);
  BOOST_REQUIRE_EQUAL(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  ::close(go[1]);
}

attacker::~attacker() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

race_node::race_node() {
  inner("mount -t tmpfs t /tmp; mkdir /tmp/p /tmp/a /tmp/b; ln -s / /tmp/l");
  auto secret = dir / "secret";
  std::ofstream{secret} << "only root of this machine knows\n";
  fs::permissions(secret, fs::perms{0600});
}

std::map<ec, unsigned>
race_node::contend(const std::function<ec(unsigned)>& ask, bool one_passes) {
  auto found = std::vector<std::map<ec, unsigned>>(callers);
  auto threads = std::vector<std::thread>{};
  auto over = std::chrono::steady_clock::now() + race_length();
  auto give_up = over + (one_passes ? longest_wait : 0s);
  auto passed = std::atomic<bool>{false};
  auto goes_on = [&] {
    return std::chrono::steady_clock::now() < (passed ? over : give_up);
  };
  for (auto i = 0u; i < callers; ++i)
    threads.emplace_back([&, i] {
      for (auto round = i; goes_on(); round += callers) {
        auto outcome = ask(round);
        ++found[i][outcome];
        passed = passed || outcome == ec::none;
      }
    });
  for (auto& each : threads)
    each.join();
  auto all = std::map<ec, unsigned>{};
  for (const auto& one : found)
    for (auto [code, count] : one)
      all[code] += count;
  return all;
}

std::string race_node::machine() const {
  auto text = host_mounts();
  text += output_of("ip -o link; ip -4 addr; nft list ruleset | sed "
                    "'s/packets [0-9]* bytes [0-9]*//'");
  text += output_of("find /sys/fs/cgroup -type d -path '*" + where().cgroup()
                    + "*' | sort");
  text += output_of("stat -c '%a %u:%g %s %Y' " + (dir / "secret").native()
                    + "; cat " + (dir / "secret").native());
  text += output_of("ls -A " + dir.native());
  text += output_of("cat /proc/sys/net/ipv4/ip_forward "
                    "/proc/sys/kernel/core_pattern");
  text += "descriptors " + std::to_string(entries_in("/proc/self/fd"))
          + "\nthreads " + std::to_string(entries_in("/proc/self/task")) + "\n";
  // But for what prints this.
  text += output_of("ps -o comm= --ppid " + std::to_string(::getpid())
                    + " | grep -v '^sh$' | sort");
  return text;
}

void race_node::remember_machine() {
  for (auto now = machine(); now != before_; now = machine())
    before_ = std::move(now);
}

void race_node::check_machine() const {
  auto now = machine();
  for (auto give_up = std::chrono::steady_clock::now() + calm_down;
       now != before_ && std::chrono::steady_clock::now() < give_up;)
    now = machine();
  BOOST_TEST(now == before_);
}

std::string race_node::container_mounts() const {
  return output_of("cat /proc/" + std::to_string(w1.init.pid) + "/mountinfo");
}

void tell(const char* race, const std::map<ec, unsigned>& outcomes) {
  auto text = std::string{};
  for (auto [code, count] : outcomes)
    text += " " + to_string(code) + " " + std::to_string(count);
  BOOST_TEST_MESSAGE(race << ":" << text);
}

boost::test_tools::predicate_result
has_only(const std::map<ec, unsigned>& outcomes, std::vector<ec> fair) {
  auto answer = boost::test_tools::predicate_result{true};
  for (auto [code, count] : outcomes) {
    if (count == 0 || std::ranges::find(fair, code) != fair.end())
      continue;
    answer = false;
    answer.message() << " " << count << " x " << to_string(code);
  }
  return answer;
}

} // namespace berth::test
