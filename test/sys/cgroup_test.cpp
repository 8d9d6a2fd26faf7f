#include "sys/file.hpp"
#include "test/sys/own_cgroup.hpp"

#include <signal.h>

#include <sstream>

using namespace berth;
using namespace berth::test;
namespace fs = std::filesystem;

namespace {

/// Takes back from the children of v2 cgroup `dir` all that they may use.
void withdraw_controllers(const fs::path& dir) {
  auto words = std::istringstream{read(dir / "cgroup.subtree_control")};
  for (std::string each; words >> each;)
    write(dir / "cgroup.subtree_control", "-" + each);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(cgroup, cgroups)

BOOST_AUTO_TEST_CASE(who_writes_to_its_doors_is_in_and_limited) {
  auto limits = sys::cgroup_limits{};
  limits.memory_bytes = 64 << 20;
  limits.cpu_min_millis = 500;
  limits.cpu_burst_millis = 1500;
  limits.pids = 7;
  auto doors = need(sys::open_leaf_cgroup(layout, name + "/leaf", limits));
  BOOST_TEST(doors.size() == layout.roots.size());
  auto spec = sys::spawn_spec{};
  spec.argv = {"/bin/sh", "-c", ""};
  for (size_t i = 0; i < doors.size(); ++i) {
    auto number = static_cast<int>(20 + i);
    spec.fds.emplace_back(doors[i].get(), number);
    spec.argv[2] += "echo 0 >/proc/self/fd/" + std::to_string(number) + " && ";
  }
  // Too many of them, as ulimit(1) would not have it.
  spec.argv[2] += "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait";
  auto child = need(sys::spawn(spec));
  auto ended = need(sys::wait_child(child.pid));
  BOOST_TEST(ended != 0);
  remove();
  BOOST_TEST(!exists());
}

BOOST_AUTO_TEST_CASE(is_made_everywhere_and_again_without_harm) {
  need(sys::make_cgroup(layout, name + "/a/b"));
  need(sys::make_cgroup(layout, name + "/a/b"));
  for (auto& root : layout.roots)
    BOOST_TEST(fs::exists(root / name / "a/b/cgroup.procs"));
}

BOOST_AUTO_TEST_CASE(moves_nowhere) {
  auto before = need(sys::read_file("/proc/self/cgroup", 1 << 16));
  need(sys::move_nowhere(layout));
  BOOST_TEST(need(sys::read_file("/proc/self/cgroup", 1 << 16)) == before);
}

BOOST_AUTO_TEST_CASE(goes_with_its_children) {
  need(sys::make_cgroup(layout, name + "/a/b"));
  remove();
  BOOST_TEST(!exists());
  remove(); // again
}

BOOST_AUTO_TEST_CASE(goes_with_its_processes) {
  auto one = join("", "exec sleep 600");
  auto two = join("deep/er", "trap '' TERM INT HUP; sleep 600");
  remove();
  BOOST_TEST(!exists());
  BOOST_TEST(need(sys::wait_child(one.pid)) == 128 + SIGKILL);
  BOOST_TEST(need(sys::wait_child(two.pid)) == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(goes_although_it_forks_all_the_time) {
  auto forker = join("", "f() { while :; do /bin/true & done; }; f & f & wait");
  remove();
  BOOST_TEST(!exists());
  BOOST_TEST(need(sys::wait_child(forker.pid)) == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(goes_although_it_is_frozen) {
  auto frozen = join("", "exec sleep 600");
  for (auto& root : layout.roots)
    for (auto [file, word] : {std::pair{"freezer.state", "FROZEN"},
                              std::pair{"cgroup.freeze", "1"}})
      if (fs::exists(root / name / file))
        write(root / name / file, word);
  remove();
  BOOST_TEST(!exists());
  BOOST_TEST(need(sys::wait_child(frozen.pid)) == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(kills_nobody_elses_processes) {
  auto other = cgroups{};
  other.name += "-other";
  need(sys::make_cgroup(layout, other.name));
  auto bystander = other.join("", "exec sleep 600");
  auto victim = join("", "exec sleep 600");
  remove();
  BOOST_TEST(need(sys::wait_child(victim.pid)) == 128 + SIGKILL);
  BOOST_TEST(need(sys::start_time(bystander.pid)) > 0U);
  other.remove();
  BOOST_TEST(need(sys::wait_child(bystander.pid)) == 128 + SIGKILL);
}

BOOST_AUTO_TEST_CASE(works_on_a_version_2_hierarchy_as_well) {
  if (!has_version_2())
    return;
  auto v2 = version_2();
  auto passed_on = read(v2 / "cgroup.subtree_control");
  move_to_version_2();
  auto child = join("inner", "exec sleep 600");
  remove();
  BOOST_TEST(!exists());
  BOOST_TEST(need(sys::wait_child(child.pid)) == 128 + SIGKILL);
  if (passed_on.empty() || passed_on == "\n") // as it was
    withdraw_controllers(v2);
}

BOOST_AUTO_TEST_CASE(takes_no_name_that_leads_elsewhere) {
  for (auto wrong : {"", "/x", "../x", "a/../b", "a//", "."}) {
    BOOST_TEST(!sys::make_cgroup(layout, wrong), wrong);
    BOOST_TEST(!sys::remove_cgroup(layout, wrong, patience), wrong);
  }
}

BOOST_AUTO_TEST_SUITE_END()
