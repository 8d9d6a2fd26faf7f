#include "test/actors/sessions_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

struct limited_node : test::sessions_fixture {
  limited_node() {
    conf->classes["default"].storage_bytes = 100 << 20;
    conf->content.quota_period = 1min;
  }

  std::string message(const std::string& id) {
    auto record = describe(id);
    return record ? (*record)->message : "none";
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspaces_on_a_full_disk, limited_node)

BOOST_AUTO_TEST_CASE(nothing_starts_and_nothing_is_left_of_it) {
  is->fail["disk"] = "the node's disk is nearly full";
  auto before = is->log;
  auto refused = start(spec_of("w1"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == ec::exhausted));
  BOOST_TEST(is->log == before);
  BOOST_TEST(list().empty());
  auto session = init("s1");
  BOOST_TEST(code(session) == ec::exhausted);
  BOOST_TEST(!exists("s1"));
  is->fail.clear();
  BOOST_TEST(!!start(spec_of("w1")));
  BOOST_TEST(code(init("s1")) == ec::none);
}

BOOST_AUTO_TEST_CASE(what_runs_already_says_so_first) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(code(init("s1")) == ec::none);
  is->fail["disk"] = "the node's disk is nearly full";
  auto again = start(spec_of("w1"));
  BOOST_REQUIRE(!again);
  BOOST_TEST((code_of(again.error()) == ec::already_exists));
  BOOST_TEST(code(init("s1")) == ec::already_exists);
}

BOOST_AUTO_TEST_CASE(one_that_stops_arrives_once_there_is_room) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE((phase_of("w1") == phase::running));
  is->fail["store"] = "no room";
  is->fail_code["store"] = ec::exhausted;
  end_container("w1", {});
  BOOST_TEST((phase_of("w1") == phase::running));
  advance(10s);
  BOOST_TEST((phase_of("w1") == phase::running));
  is->fail.clear();
  advance(2s);
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST(is->count("archive w1") == 1u);
  BOOST_TEST(is->count("discard w1") == 1u);
}

BOOST_AUTO_TEST_CASE(who_changes_something_is_told_that_it_is_not_stored) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->fail["store"] = "no room";
  is->fail_code["store"] = ec::exhausted;
  BOOST_TEST(!mark("w1"));
  is->fail.clear();
  BOOST_TEST(!!mark("w1"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(workspace_storage, limited_node)

BOOST_AUTO_TEST_CASE(too_much_of_it_is_said_until_it_is_less) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->content_bytes = 90 << 20;
  advance(61s);
  BOOST_TEST(is->count("measure w1") == 1u);
  BOOST_TEST(message("w1") == "");
  is->content_bytes = (120 << 20) + 1;
  advance(61s);
  BOOST_TEST(message("w1")
             == "storage limit exceeded: 121 MiB of 100 MiB used; remove "
                "files");
  auto versions = is->history.size();
  advance(61s);
  BOOST_TEST(is->history.size() == versions); // said once
  BOOST_TEST((phase_of("w1") == phase::running));
  is->content_bytes = 1 << 20;
  advance(61s);
  BOOST_TEST(message("w1") == "");
}

BOOST_AUTO_TEST_CASE(is_not_looked_at_where_the_file_system_does) {
  is->is_limited = true;
  is->content_bytes = 200 << 20;
  BOOST_REQUIRE(start(spec_of("w1")));
  advance(5min);
  BOOST_TEST(is->count("measure w1") == 1u);
  BOOST_TEST(message("w1") == "");
}

BOOST_AUTO_TEST_CASE(is_not_looked_at_without_a_limit) {
  conf->classes["default"].storage_bytes = 0;
  BOOST_REQUIRE(start(spec_of("w1")));
  advance(5min);
  BOOST_TEST(is->count("measure w1") == 0u);
}

BOOST_AUTO_TEST_CASE(is_told_to_whoever_fills_it) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_TEST(is->fills.back().quota_bytes == 100u << 20);
}

BOOST_AUTO_TEST_SUITE_END()
