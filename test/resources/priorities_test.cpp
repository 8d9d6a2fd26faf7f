#include "core/resources/priorities.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

constexpr auto init = 100;

/// "pid=niceness" of each.
std::string prioritized(const std::vector<sys::process_view>& all) {
  auto text = std::string{};
  for (const auto& it : priorities_of(all, init))
    text += (text.empty() ? "" : " ") + std::to_string(it.pid) + "="
            + std::to_string(it.niceness);
  return text;
}

const auto init_view = sys::process_view{init, 1, 7, "/.berth/init"};
const auto supervisor
  = sys::process_view{101, init, 8, "/.supervisor/supervisor"};

} // namespace

BOOST_AUTO_TEST_SUITE(priorities)

BOOST_AUTO_TEST_CASE(init_supervisor_and_ide_go_first) {
  BOOST_TEST(
    prioritized({supervisor,
                 init_view,
                 {110, 101, 9, "/ide/bin/gitpod-code"},
                 {111, 101, 9, "/ide/node"},
                 {112, 101, 9, "/home/gitpod/.vscode-server/bin/1ad8d/node"},
                 {113, 101, 9, "/ide-desktop/backend/jbr/bin/java"},
                 {114, 101, 9, "/usr/bin/bash"}})
    == "100=-10 101=-10 110=-10 111=-5 112=-5 113=-10");
}

BOOST_AUTO_TEST_CASE(a_process_is_told_by_its_place_in_the_tree) {
  // A user's own in a terminal of the IDE, and one that a shell left behind.
  BOOST_TEST(prioritized({init_view,
                          supervisor,
                          {110, 101, 9, "/usr/bin/bash"},
                          {120, 110, 9, "/workspace/ide/node"},
                          {121, 110, 9, "/workspace/supervisor"},
                          {122, 121, 9, "/ide/node"}})
             == "100=-10 101=-10");
  // Nor does the program alone make an IDE.
  BOOST_TEST(prioritized({init_view, {120, init, 9, "/ide/node"}})
             == "100=-10");
}

BOOST_AUTO_TEST_CASE(of_a_workspace_that_is_gone_there_is_none) {
  BOOST_TEST(prioritized({}) == "");
  BOOST_TEST(prioritized({{110, 101, 9, ""}}) == "");
}

BOOST_AUTO_TEST_CASE(an_order_names_its_process_for_good) {
  auto orders = priorities_of({init_view}, init);
  BOOST_REQUIRE(orders.size() == 1u);
  BOOST_TEST(orders.front().start_time == 7u);
}

BOOST_AUTO_TEST_SUITE_END()
