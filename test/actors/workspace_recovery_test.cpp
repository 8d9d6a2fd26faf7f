#include "test/support/workspace_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(workspace_recovery, test::workspace_fixture)

BOOST_AUTO_TEST_CASE(nothing_is_answered_before_recovery_is_through) {
  is->hold["sweep"] = true;
  open();
  BOOST_TEST((code_of(start(spec_of("w1")).error()) == ec::unavailable));
  BOOST_TEST((code_of(describe("w1").error()) == ec::unavailable));
  is->let_go("sweep");
  settle();
  BOOST_TEST(bool(start(spec_of("w1"))));
}

BOOST_AUTO_TEST_CASE(a_running_workspace_is_adopted_untouched) {
  open();
  BOOST_REQUIRE(start(spec_of("w1")));
  auto before = *describe("w1");
  is->log.clear();
  open();
  auto after = *describe("w1");
  BOOST_TEST((after->phase == phase::running));
  BOOST_TEST(after->container.pid == before->container.pid);
  // Further than anything a subscriber may have heard before a power loss.
  BOOST_TEST(after->version > before->version + 900);
  BOOST_TEST(is->count("await w1") == 1u);
  BOOST_TEST(is->count("hold w1") == 1u);
  BOOST_TEST(is->count("launch w1") == 0u);
  BOOST_TEST(is->count("release w1") == 0u);
}

BOOST_AUTO_TEST_CASE(a_container_that_ended_meanwhile_is_noticed) {
  open();
  BOOST_REQUIRE(start(spec_of("w1")));
  open();
  end_container("w1", {std::nullopt, ""});
  auto record = *describe("w1");
  BOOST_TEST((record->phase == phase::stopped));
  BOOST_TEST(record->conditions.failed.starts_with("the container was lost"));
  BOOST_TEST(record->conditions.final_backup_complete);
}

// The service is killed after each stored change of a whole life; the next one
// must bring the workspace to the same end, or keep it running.
BOOST_AUTO_TEST_CASE(a_crash_after_any_record_ends_well) {
  open();
  BOOST_REQUIRE(start(spec_of("w1"), {{"initializer.git", "secret"}}));
  BOOST_REQUIRE(stop("w1"));
  auto history = is->history;
  BOOST_REQUIRE(history.size() > 5u);
  for (const auto& last : history) {
    BOOST_TEST_CONTEXT("killed at version " << last->version << ", "
                                            << to_string(last->phase)) {
      is->disk = {{"w1", last}};
      is->log.clear();
      open();
      auto now = *describe("w1");
      BOOST_TEST(now->version >= last->version);
      if (last->phase == phase::stopping || last->phase == phase::stopped) {
        BOOST_TEST((now->phase == phase::stopped));
        BOOST_TEST(now->conditions.final_backup_complete);
        BOOST_TEST(is->count("archive w1")
                   == (last->conditions.final_backup_complete ? 0u : 1u));
      } else {
        BOOST_TEST((now->phase == phase::running));
        BOOST_TEST(is->count("launch w1")
                   == (last->phase == phase::running ? 0u : 1u));
      }
      BOOST_TEST(now->url == last->url);
      BOOST_TEST(now->owner_token == last->owner_token);
    }
  }
}

BOOST_AUTO_TEST_CASE(slots_of_the_living_stay_theirs) {
  open();
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(start(spec_of("w2")));
  auto taken = (*describe("w2"))->slot;
  BOOST_REQUIRE(stop("w1"));
  open();
  BOOST_REQUIRE(start(spec_of("w3")));
  BOOST_TEST((*describe("w3"))->slot != taken);
}

BOOST_AUTO_TEST_CASE(a_stopped_record_frees_no_slot_of_a_living_one) {
  open();
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_REQUIRE(start(spec_of("w0")));
  auto reused = (*describe("w0"))->slot;
  BOOST_TEST(reused == (*describe("w1"))->slot);
  open();
  BOOST_REQUIRE(start(spec_of("w2")));
  BOOST_TEST((*describe("w2"))->slot != reused);
}

BOOST_AUTO_TEST_CASE(subscribers_are_told_of_what_was_recovered) {
  open();
  BOOST_REQUIRE(start(spec_of("w1")));
  open();
  BOOST_REQUIRE(watcher->heard.size() == 1u);
  BOOST_TEST((watcher->heard[0]->phase == phase::running));
}

BOOST_AUTO_TEST_SUITE_END()
