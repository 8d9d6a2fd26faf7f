#include "actors/maintenance/maintenance_worker.hpp"
#include "test/support/workspace_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace berth;
using namespace std::chrono_literals;

namespace {

struct maintained_node : test::open_node {
  template <class T>
  static void is_refused(const result<T>& outcome) {
    BOOST_REQUIRE(!outcome);
    BOOST_TEST((code_of(outcome.error()) == ec::failed_precondition));
    BOOST_TEST(berth::describe(outcome.error()) == "under maintenance");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_maintenance, maintained_node)

BOOST_AUTO_TEST_CASE(nothing_starts_or_stops) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->maintenance = true;
  is_refused(start(spec_of("w2")));
  is_refused(stop("w1"));
  is_refused(stop("unknown"));
  is_refused(take("w1"));
  BOOST_TEST(bool(mark("w1")));
  BOOST_TEST(bool(describe("w1")));
  is->maintenance = false;
  BOOST_TEST(bool(start(spec_of("w2"))));
  BOOST_TEST(bool(stop("w1")));
}

BOOST_AUTO_TEST_CASE(timeouts_wait_for_its_end) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->hold["image"] = true;
  BOOST_REQUIRE(start(spec_of("w2")));
  is->maintenance = true;
  advance(1h);
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_TEST((phase_of("w2") == phase::creating));
  is->maintenance = false;
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST((phase_of("w2") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(who_is_active_until_its_end_goes_on) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->maintenance = true;
  advance(5h);
  BOOST_REQUIRE(mark("w1"));
  is->maintenance = false;
  advance(59min);
  BOOST_TEST((phase_of("w1") == phase::running));
}

BOOST_AUTO_TEST_CASE(a_finished_prebuild_waits_and_a_workspace_does_not) {
  auto spec = spec_of("p1");
  spec.type = workspace_type::prebuild;
  BOOST_REQUIRE(start(spec));
  BOOST_REQUIRE(start(spec_of("w1")));
  is->maintenance = true;
  end_container("p1", {0, ""});
  end_container("w1", {1, ""});
  BOOST_TEST((phase_of("w1") == phase::stopped));
  advance(10min);
  BOOST_TEST((phase_of("p1") == phase::running));
  is->maintenance = false;
  advance(1min);
  auto record = *describe("p1");
  BOOST_TEST((record->phase == phase::stopped));
  BOOST_TEST(record->conditions.snapshot == "object@bucket");
  BOOST_TEST(record->conditions.timeout == "");
}

BOOST_AUTO_TEST_CASE(who_is_stopping_already_is_not_held_up) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->hold["archive"] = true;
  BOOST_REQUIRE(stop("w1"));
  is->maintenance = true;
  is->let_go("archive");
  settle();
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(the_file_counts_from_the_next_question_on) {
  auto name = std::string{"/tmp/berth-maintenance-XXXXXX"};
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  auto file = std::filesystem::path{name} / "maintenance.json";
  auto reader = spawn(maintenance_worker, file);
  auto says = [&](const std::string& text) {
    std::ofstream{file} << text;
    auto it = ask<maintenance>(reader, get_maintenance{});
    return it && it->is_on;
  };
  BOOST_TEST(!ask<maintenance>(reader, get_maintenance{})->is_on);
  BOOST_TEST(says(R"({"enabledUntil": "2261-01-01T00:00:00Z"})"));
  BOOST_TEST(!says(R"({"enabledUntil": "2020-01-01T00:00:00Z"})"));
  BOOST_TEST(says(R"({"enabledUntil": "2260-01-01T00:00:00.5+01:00"})"));
  for (const auto* text :
       {R"({"enabledUntil": null})", "{}", "", "[]", "{\"enabledUntil\": 5}",
        R"({"enabledUntil": "tomorrow"})"})
    BOOST_TEST(!says(text), text);
  std::filesystem::remove_all(name);
}

BOOST_AUTO_TEST_CASE(what_is_announced_is_in_the_file) {
  auto name = std::string{"/tmp/berth-maintenance-XXXXXX"};
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  auto file = std::filesystem::path{name} / "maintenance.json";
  auto keeper = spawn(maintenance_worker, file);
  auto end = wall_time{std::chrono::seconds{9'000'000'000}};
  BOOST_TEST(!!ask<done>(keeper, announce_maintenance_until{end}));
  auto found
    = ask<maintenance>(spawn(maintenance_worker, file), get_maintenance{});
  BOOST_REQUIRE(found);
  BOOST_TEST(found->is_on);
  BOOST_TEST((found->until == end));
  BOOST_TEST(!!ask<done>(keeper, announce_maintenance_until{}));
  found = ask<maintenance>(keeper, get_maintenance{});
  BOOST_TEST(!found->is_on);
  BOOST_TEST(!found->until.has_value());
  std::filesystem::remove_all(name);
}

BOOST_AUTO_TEST_SUITE_END()
