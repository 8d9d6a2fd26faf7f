#include "core/resources/connection_rules.hpp"
#include "core/resources/container_cgroup.hpp"
#include "core/resources/priorities.hpp"
#include "sys/process.hpp"
#include "sys/spawn.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <thread>

using namespace berth;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

template <class T>
T must(result<T> outcome) {
  if (!outcome)
    BOOST_FAIL(describe(outcome.error()));
  return std::move(*outcome);
}

void must(const result<void>& outcome) {
  if (!outcome)
    BOOST_FAIL(describe(outcome.error()));
}

/// A cgroup of this test's own.
struct real_cgroup {
  real_cgroup() { must(sys::make_cgroup(layout, name)); }
  ~real_cgroup() { (void)sys::remove_cgroup(layout, name, 20s); }

  std::string text_of(const char* file) {
    return must(sys::read_control_file(layout, name, file));
  }

  sys::cgroup_layout layout = must(sys::find_cgroups());
  std::string name = "berth-resources-" + std::to_string(::getpid());
};

/// The files of a cgroup v2, as a kernel 6.1 showed them.
struct captured_cgroup {
  captured_cgroup() {
    auto pattern = std::string{"/tmp/berth-resources-XXXXXX"};
    root = ::mkdtemp(pattern.data());
    layout = {{root}, true};
    fs::create_directories(root / name);
    put("cpu.stat", "usage_usec 5239417\nuser_usec 3910211\nsystem_usec "
                    "1329206\nnr_periods 211\nnr_throttled 97\n");
    put("cpu.max", "max 100000\n");
    put("memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=12\n"
                           "full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
    put("io.max", "");
    put("cgroup.procs", "0\n12\n34\n");
    fs::create_directories(root / name / "workspace" / "user");
    std::ofstream{root / name / "workspace/user/cgroup.procs"} << "56\n";
  }
  ~captured_cgroup() { fs::remove_all(root); }

  void put(const char* file, const char* text) {
    std::ofstream{root / name / file} << text;
  }
  std::string text_of(const char* file) {
    return must(sys::read_control_file(layout, name, file));
  }

  fs::path root;
  sys::cgroup_layout layout;
  std::string name = "berth/w";
};

/// A child with a pipe for its stdin and one for its stdout.
struct talking_child {
  explicit talking_child(const std::string& script) {
    int in[2], out[2];
    BOOST_REQUIRE(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0);
    auto child_in = sys::fd{in[0]};
    auto child_out = sys::fd{out[1]};
    to = sys::fd{in[1]};
    from = sys::fd{out[0]};
    auto spec = sys::spawn_spec{};
    spec.argv = {"/bin/sh", "-c", script};
    spec.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    spec.fds = {{child_in.get(), 0}, {child_out.get(), 1}};
    child = must(sys::spawn(spec));
  }
  ~talking_child() {
    to = sys::fd{};
    if (child.pid > 0)
      (void)sys::wait_child(child.pid);
  }

  void say(std::string_view text) {
    BOOST_REQUIRE(::write(to.get(), text.data(), text.size())
                  == static_cast<ssize_t>(text.size()));
  }

  /// Until its end.
  std::string hear() {
    auto text = std::string{};
    char buffer[256];
    for (ssize_t n = 0; (n = ::read(from.get(), buffer, sizeof(buffer))) > 0;)
      text.append(buffer, static_cast<size_t>(n));
    return text;
  }

  sys::fd to, from;
  sys::spawned child;
};

/// Runs nft in the network namespace of the calling thread.
std::string nft(const std::string& args, const std::string& script = {}) {
  auto run = talking_child{"exec nft " + args + " 2>&1"};
  run.say(script);
  run.to = sys::fd{};
  auto out = run.hear();
  auto code = must(sys::wait_child(std::exchange(run.child.pid, -1)));
  BOOST_TEST(code == 0, out << "\n" << script);
  return out;
}

void in_own_network(const std::function<void()>& body) {
  std::thread{[&] {
    BOOST_REQUIRE(::unshare(CLONE_NEWNET) == 0);
    body();
  }}.join();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(captured_v2, captured_cgroup)

BOOST_AUTO_TEST_CASE(says_what_was_used) {
  auto read = must(read_cpu(layout, name));
  BOOST_TEST((read.used == 5239417us));
  BOOST_TEST(read.throttled == 97u);
  put("cpu.stat", "user_usec 1\n");
  BOOST_TEST(!read_cpu(layout, name));
}

BOOST_AUTO_TEST_CASE(is_told_a_quota_of_its_own_period) {
  must(limit_cpu(layout, name, 500));
  BOOST_TEST(text_of("cpu.max").starts_with("50000"));
  put("cpu.max", "50000 250000\n");
  must(limit_cpu(layout, name, std::nullopt));
  BOOST_TEST(text_of("cpu.max").starts_with("max"));
}

BOOST_AUTO_TEST_CASE(is_told_nothing_that_it_knows) {
  put("cpu.max", "50000 100000\n");
  must(limit_cpu(layout, name, 500));
  BOOST_TEST(text_of("cpu.max") == "50000 100000\n");
}

BOOST_AUTO_TEST_CASE(says_its_pressure_where_it_has_one) {
  BOOST_TEST((read_pressure(layout, name, "memory") == pressure{12us, 5us}));
  BOOST_TEST(!read_pressure(layout, name, "cpu"));
}

BOOST_AUTO_TEST_CASE(lists_processes_of_all_levels) {
  BOOST_TEST(
    (sys::processes_below(layout, name) == std::vector<pid_t>{12, 34, 56}));
  BOOST_TEST(sys::processes_below(layout, "berth/x").empty());
}

BOOST_AUTO_TEST_CASE(is_told_all_whatever_becomes_of_one) {
  auto outcome = write_controls(layout, name,
                                {{"no.such", "1"}, {"io.max", "8:0 rbps=1"}});
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::not_found));
  BOOST_TEST(text_of("io.max") == "8:0 rbps=1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(this_kernel, real_cgroup)

BOOST_AUTO_TEST_CASE(takes_cpu_limits_and_counts_what_they_hold_back) {
  auto before = must(read_cpu(layout, name));
  must(limit_cpu(layout, name, 100));
  auto child = talking_child{
    "read go; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"};
  for (const auto& root : layout.roots)
    std::ofstream{root / name / "cgroup.procs"} << child.child.pid;
  child.say("go\n");
  BOOST_TEST(child.hear() == "");
  auto after = must(read_cpu(layout, name));
  BOOST_TEST((after.used > before.used));
  BOOST_TEST(after.throttled > 0u);
}

BOOST_AUTO_TEST_CASE(takes_no_less_than_a_millisecond_of_cpu) {
  must(limit_cpu(layout, name, 1));
  must(limit_cpu(layout, name, 500));
  must(limit_cpu(layout, name, std::nullopt));
  must(limit_cpu(layout, name, std::nullopt));
  if (!layout.unified)
    BOOST_TEST(text_of("cpu.cfs_quota_us") == "-1\n");
}

BOOST_AUTO_TEST_CASE(takes_limits_of_disks_and_forgets_them) {
  auto disks = sys::find_disks();
  if (disks.empty()) {
    BOOST_TEST_MESSAGE("skipped: this machine has no disk");
    return;
  }
  auto limits = io_limits{1 << 20, 1 << 20, 100, 100};
  must(write_controls(layout, name, io_control(limits, disks, layout.unified)));
  auto file = layout.unified ? "io.max" : "blkio.throttle.write_bps_device";
  BOOST_TEST(text_of(file).find(disks.front()) != std::string::npos);
  must(write_controls(layout, name, io_release(limits, disks, layout.unified)));
  BOOST_TEST(text_of(file) == "");
}

BOOST_AUTO_TEST_CASE(lists_who_is_in_a_cgroup) {
  auto child = talking_child{"read go"};
  must(sys::put_process(layout, name + "/below", child.child.pid));
  BOOST_TEST((sys::processes_below(layout, name)
              == std::vector<pid_t>{child.child.pid}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(real_priorities)

BOOST_AUTO_TEST_CASE(a_process_is_what_the_kernel_says_it_is) {
  auto child = talking_child{"read go"};
  auto view = must(sys::look_at(child.child.pid));
  BOOST_TEST(view.pid == child.child.pid);
  BOOST_TEST(view.parent == ::getpid());
  BOOST_TEST(view.program == fs::canonical("/bin/sh").native());
  BOOST_TEST(view.start_time == must(sys::start_time(child.child.pid)));
}

BOOST_AUTO_TEST_CASE(children_do_not_inherit_one) {
  auto child = talking_child{"read go; nice; exit 0"};
  auto pid = child.child.pid;
  auto started = must(sys::start_time(pid));
  must(sys::set_niceness(pid, started, -5));
  BOOST_TEST(::getpriority(PRIO_PROCESS, static_cast<id_t>(pid)) == -5);
  child.say("go\n");
  BOOST_TEST(child.hear() == "0\n");
}

BOOST_AUTO_TEST_CASE(another_process_of_that_number_gets_none) {
  auto child = talking_child{"read go"};
  auto pid = child.child.pid;
  auto set = sys::set_niceness(pid, must(sys::start_time(pid)) + 1, -5);
  BOOST_REQUIRE(!set);
  BOOST_TEST(is_errno(set.error(), ESRCH));
  BOOST_TEST(::getpriority(PRIO_PROCESS, static_cast<id_t>(pid)) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(real_connection_rules)

BOOST_AUTO_TEST_CASE(are_taken_replaced_and_removed) {
  in_own_network([] {
    auto limit = connection_limit{600, 50, true};
    nft("-f -", limit_connections("1a2b", "bth1a2b1", limit));
    nft("-f -", limit_connections("1a2b", "bth1a2b2", limit));
    limit.per_minute = 60;
    nft("-f -", limit_connections("1a2b", "bth1a2b1", limit));
    auto table = nft("list table inet berth");
    BOOST_TEST(table.find("limit rate over 60/minute burst 50 packets")
                 != table.npos,
               table);
    BOOST_TEST(table.find("\"bth1a2b2\" : jump connections_bth1a2b2")
               != table.npos);
    auto drops
      = connection_drops_in("1a2b", nft("list counters table inet berth"));
    BOOST_TEST(drops.size() == 2u);
    nft("-f -", unlimit_connections("1a2b", "bth1a2b1"));
    nft("-f -", unlimit_connections("1a2b", "bth1a2b1"));
    table = nft("list table inet berth");
    BOOST_TEST(table.find("bth1a2b1") == table.npos);
    BOOST_TEST(table.find("bth1a2b2") != table.npos);
    nft("-f -", unlimit_all_connections("1a2b", table));
    BOOST_TEST(nft("list table inet berth") == "table inet berth {\n}\n");
  });
}

BOOST_AUTO_TEST_SUITE_END()
