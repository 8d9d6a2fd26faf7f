#include "test/sys/own_cgroup.hpp"

#include <signal.h>

#include <sstream>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

struct freezer : cgroups {
  /// How often `pid` was given a processor since it began.
  static uint64_t turns(pid_t pid) {
    auto status
      = std::istringstream{read("/proc/" + std::to_string(pid) + "/status")};
    auto sum = uint64_t{0};
    for (std::string line; std::getline(status, line);)
      if (line.find("ctxt_switches:") != std::string::npos)
        sum += std::stoull(line.substr(line.find(':') + 1));
    return sum;
  }

  /// Waits until it was given one again; false if that takes too long.
  static bool goes_on(pid_t pid) {
    auto before = turns(pid);
    auto until = std::chrono::steady_clock::now() + patience;
    while (turns(pid) == before)
      if (std::chrono::steady_clock::now() > until)
        return false;
    return true;
  }

  /// Never rests, and gives up its processor all the time.
  sys::spawned restless(const std::string& sub) {
    return join(sub, "while :; do /bin/true; done");
  }

  void freeze_and_thaw() {
    auto one = restless("near");
    auto two = restless("deep/er");
    need(sys::freeze_cgroup(layout, name, patience));
    auto stood = turns(one.pid) + turns(two.pid);
    // As long as somebody else gets many.
    BOOST_TEST(run({"/bin/sh", "-c",
                    "i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i+1)); done"})
                 .code
               == 0);
    BOOST_TEST(turns(one.pid) + turns(two.pid) == stood);
    need(sys::freeze_cgroup(layout, name, patience)); // again
    need(sys::thaw_cgroup(layout, name));
    BOOST_TEST(goes_on(one.pid));
    BOOST_TEST(goes_on(two.pid));
    need(sys::thaw_cgroup(layout, name)); // again
    remove();
    BOOST_TEST(need(sys::wait_child(one.pid)) == 128 + SIGKILL);
    BOOST_TEST(need(sys::wait_child(two.pid)) == 128 + SIGKILL);
  }
};

/// The files of a v2 cgroup, as a kernel wrote them.
struct captured {
  temporary_directory root;
  sys::cgroup_layout layout{{root.path()}, true};

  void add(const std::string& name, const std::string& freeze,
           const std::string& events) const {
    fs::create_directories(root / name);
    write(root / name / "cgroup.freeze", freeze);
    write(root / name / "cgroup.events", events);
  }

  /// What was written last; files of a kernel have no length.
  char state(const std::string& name) const {
    return read(root / name / "cgroup.freeze").front();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(cgroup_freezer)

BOOST_FIXTURE_TEST_CASE(stands_still_until_it_is_thawed, freezer) {
  freeze_and_thaw();
}

BOOST_FIXTURE_TEST_CASE(stands_still_in_version_2_as_well, freezer) {
  if (!has_version_2())
    return;
  move_to_version_2();
  freeze_and_thaw();
}

BOOST_FIXTURE_TEST_CASE(thaws_what_is_frozen_below, freezer) {
  auto one = restless("a");
  auto two = restless("b/c");
  auto three = restless("d");
  need(sys::freeze_cgroup(layout, name + "/a", patience));
  need(sys::freeze_cgroup(layout, name + "/b", patience));
  need(sys::thaw_below(layout, name));
  for (auto pid : {one.pid, two.pid, three.pid})
    BOOST_TEST(goes_on(pid));
  remove();
  for (auto pid : {one.pid, two.pid, three.pid})
    BOOST_TEST(need(sys::wait_child(pid)) == 128 + SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(what_is_gone_cannot_freeze_and_is_thawed, freezer) {
  auto gone = sys::freeze_cgroup(layout, name + "/gone", patience);
  BOOST_REQUIRE(!gone);
  BOOST_TEST((code_of(gone.error()) == ec::not_found));
  need(sys::thaw_cgroup(layout, name + "/gone"));
  need(sys::thaw_below(layout, name + "/gone"));
}

BOOST_FIXTURE_TEST_CASE(is_not_frozen_before_the_kernel_says_so, captured) {
  add("w", "0\n", "populated 1\nfrozen 0\n");
  auto late = sys::freeze_cgroup(layout, "w", std::chrono::milliseconds{20});
  BOOST_REQUIRE(!late);
  BOOST_TEST((code_of(late.error()) == ec::timeout));
  BOOST_TEST(state("w") == '1'); // some may stand still: it is to be thawed
  need(sys::thaw_cgroup(layout, "w"));
  BOOST_TEST(state("w") == '0');
  write(root / "w/cgroup.events", "populated 1\nfrozen 1\n");
  need(sys::freeze_cgroup(layout, "w", patience));
  BOOST_TEST(state("w") == '1');
}

BOOST_FIXTURE_TEST_CASE(thaws_only_who_is_held, captured) {
  add("w", "0\n", "populated 1\nfrozen 0\n");
  add("w/held", "1\n", "populated 1\nfrozen 1\n");
  // It stands still because of who is above, and goes on with that one.
  add("w/held/below", "0\n", "populated 1\nfrozen 1\n");
  fs::remove(root / "w/held/below/cgroup.freeze");
  fs::create_symlink("/dev/full", root / "w/held/below/cgroup.freeze");
  need(sys::thaw_below(layout, "w"));
  BOOST_TEST(state("w/held") == '0');
}

BOOST_AUTO_TEST_SUITE_END()
