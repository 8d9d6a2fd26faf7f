#include "actors/workspace/deadlines.hpp"
#include "test/support/workspace_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_deadlines, test::open_node)

BOOST_AUTO_TEST_CASE(a_workspace_in_use_goes_on) {
  BOOST_REQUIRE(start(spec_of("w1")));
  for (int i = 0; i < 5; ++i) {
    BOOST_REQUIRE(mark("w1"));
    advance(59min);
  }
  BOOST_TEST((phase_of("w1") == phase::running));
}

BOOST_AUTO_TEST_CASE(an_unused_one_stops_with_its_backup_and_says_why) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(mark("w1"));
  advance(60min);
  auto record = *describe("w1");
  BOOST_TEST((record->phase == phase::stopped));
  BOOST_TEST(record->conditions.timeout
             == "workspace timed out after period of inactivity (01h00m) took "
                "longer than 01h00m");
  BOOST_TEST(record->conditions.final_backup_complete);
  BOOST_TEST(!record->conditions.stopped_by_request);
}

BOOST_AUTO_TEST_CASE(one_that_was_never_used_stops_after_the_startup_time) {
  BOOST_REQUIRE(start(spec_of("w1")));
  advance(44min);
  BOOST_TEST((phase_of("w1") == phase::running));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(a_closed_one_stops_sooner_unless_it_is_opened_again) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(mark("w1", true));
  BOOST_REQUIRE(mark("w1", false));
  advance(5min);
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_REQUIRE(mark("w1", true));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(a_pull_that_hangs_is_ended_by_the_startup_time) {
  is->hold["image"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  advance(45min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST((*describe("w1"))->conditions.timeout.find("pulling images")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stop_for_a_timeout_has_deadlines_of_its_own) {
  conf->timeouts.content_finalization = 20s;
  conf->timeouts.stopping = 25s;
  is->hold["terminate"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(mark("w1"));
  advance(60min);
  BOOST_TEST((phase_of("w1") == phase::stopping));
  advance(25s);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(half_a_minute_is_told_as_one) {
  BOOST_TEST(timeout_text({0s, 30s, "startup"}, 29s)
             == "workspace timed out after startup (00h00m) took longer than "
                "00h01m");
}

BOOST_AUTO_TEST_CASE(a_stopped_record_is_visible_for_a_while) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  advance(119s);
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST(published->find("w1") == *describe("w1"));
  advance(1s);
  BOOST_TEST(!published->find("w1"));
  BOOST_TEST((code_of(describe("w1").error()) == ec::not_found));
  BOOST_TEST(is->disk.empty());
}

namespace {

struct row {
  const char* what;
  workspace_record record;
  duration limit;
};

workspace_record in_phase(phase p) {
  auto record = workspace_record{};
  record.phase = p;
  return record;
}

workspace_record running(duration last_activity, bool closed = false) {
  auto record = in_phase(phase::running);
  record.ticks.active = last_activity;
  record.conditions.closed = closed;
  return record;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_deadline_of_every_situation) {
  auto custom = running(1h);
  custom.spec.timeout = 10min;
  auto never_closes = running(1h, true);
  never_closes.spec.closed_timeout = 0s;
  auto short_lived = running(1h);
  short_lived.spec.max_lifetime = 90min;
  auto prebuild = in_phase(phase::running);
  prebuild.spec.type = workspace_type::prebuild;
  auto hurried_prebuild = prebuild;
  hurried_prebuild.spec.timeout = 20min;
  auto closed_later = running(1h, true);
  closed_later.spec.closed_timeout = 90min;
  auto endless = running(1h);
  endless.spec.timeout = duration::max();
  auto headless_life = prebuild;
  headless_life.spec.max_lifetime = 15min;
  auto unsaved = in_phase(phase::stopping);
  unsaved.conditions.content_ready = true;
  auto saved = unsaved;
  saved.conditions.final_backup_complete = true;
  auto lost = unsaved;
  lost.conditions.backup_failed = true;
  auto aborted = unsaved;
  aborted.conditions.aborted = true;
  const auto rows = std::vector<row>{
    {"pending", in_phase(phase::pending), 30min},
    {"creating", in_phase(phase::creating), 45min},
    {"initializing", in_phase(phase::initializing), 45min},
    {"never used", in_phase(phase::running), 45min},
    {"used", running(1h), 1h + 60min},
    {"closed", running(1h, true), 1h + 1min},
    {"custom timeout", custom, 1h + 10min},
    {"closed rule off", never_closes, 1h + 60min},
    {"lifetime", short_lived, 90min},
    {"headless", prebuild, 90min},
    {"headless, custom", hurried_prebuild, 20min},
    {"closed rule behind the other", closed_later, 1h + 60min},
    {"timeout without end", endless, 36h},
    {"headless, lifetime", headless_life, 15min},
    {"stopping", unsaved, 55min},
    {"stopping, saved", saved, 60min},
    {"stopping, backup given up", lost, 60min},
    {"stopping, nothing to save", aborted, 60min},
    {"stopping, never filled", in_phase(phase::stopping), 60min},
    {"interrupted", in_phase(phase::interrupted), 5min},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.what) {
      auto due = next_deadline(row.record, conf->timeouts);
      BOOST_REQUIRE(due);
      BOOST_TEST((due->at() == row.limit));
    }
  }
  BOOST_TEST(!next_deadline(in_phase(phase::stopped), conf->timeouts));
  conf->timeouts.interrupted = 0s;
  BOOST_TEST(!next_deadline(in_phase(phase::interrupted), conf->timeouts));
}

BOOST_AUTO_TEST_CASE(nobody_is_idle_while_nobody_could_be_heard) {
  const auto ears = hearing{10h, 2min};
  auto due = [&](const workspace_record& record) {
    return next_deadline(record, conf->timeouts, ears)->at();
  };
  BOOST_TEST((due(running(1h)) == 10h + 2min));
  BOOST_TEST((due(running(1h, true)) == 10h + 1min));
  BOOST_TEST((due(running(10h)) == 11h));
  // Time that has nothing to do with users counts as ever.
  BOOST_TEST((due(in_phase(phase::creating)) == 45min));
}

BOOST_AUTO_TEST_SUITE_END()
