#include "actors/workspace/clock.hpp"
#include "test/support/workspace_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace berth;
using namespace std::chrono_literals;

namespace {

struct clocked_node : test::open_node {
  /// A workspace that was used just now.
  void start_used(const std::string& id) {
    BOOST_REQUIRE(start(spec_of(id)));
    BOOST_REQUIRE(mark(id));
  }

  std::string timeout_of(const std::string& id) {
    return (*describe(id))->conditions.timeout;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_clocks, clocked_node)

BOOST_AUTO_TEST_CASE(a_jump_of_the_wall_clock_moves_no_deadline) {
  for (auto by : std::vector<duration>{-87'600h, -1s, 1s, 48h, 87'600h}) {
    auto id = "w" + std::to_string(by.count());
    start_used(id);
    jump(by);
    advance(59min + 59s);
    BOOST_TEST((phase_of(id) == phase::running));
    advance(1s);
    BOOST_TEST(timeout_of(id)
               == "workspace timed out after period of inactivity (01h00m) "
                  "took longer than 01h00m");
  }
}

BOOST_AUTO_TEST_CASE(nor_does_one_while_the_service_is_down) {
  start_used("w1");
  advance(30min);
  jump(48h);
  open();
  advance(29min);
  BOOST_TEST((phase_of("w1") == phase::running));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(a_restart_does_not_begin_the_count_anew) {
  start_used("w1");
  for (auto minute = 0; minute < 50; minute += 10) {
    advance(10min);
    open();
  }
  advance(9min);
  BOOST_TEST((phase_of("w1") == phase::running));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(after_a_long_outage_users_get_a_moment_to_be_heard) {
  start_used("w1");
  start_used("w2");
  suspend(5h);
  open();
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_REQUIRE(mark("w1"));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_TEST((phase_of("w2") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(a_machine_that_slept_ends_no_workspace_in_use) {
  start_used("w1");
  start_used("w2");
  suspend(5h);
  // Noticed within a minute; then they have two to be heard.
  advance(2min + 30s);
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_REQUIRE(mark("w1"));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_TEST((phase_of("w2") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(nor_does_a_service_that_was_stopped_by_a_signal) {
  start_used("w1");
  pause(61min);
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_REQUIRE(mark("w1"));
  advance(59min);
  BOOST_TEST((phase_of("w1") == phase::running));
}

BOOST_AUTO_TEST_CASE(the_lifetime_goes_on_while_the_machine_sleeps) {
  start_used("w1");
  suspend(36h);
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST(timeout_of("w1").find("maximum lifetime") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_boot_counts_by_the_wall_clock) {
  start_used("w1");
  advance(20min);
  jump(10min);
  reboot();
  BOOST_TEST((phase_of("w1") == phase::running));
  advance(29min);
  BOOST_TEST((phase_of("w1") == phase::running));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(another_boot_with_an_older_clock_ends_nothing_early) {
  start_used("w1");
  jump(-87'600h);
  reboot();
  advance(59min);
  BOOST_TEST((phase_of("w1") == phase::running));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_SUITE_END()
