#include "test/support/workspace_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace berth;
using namespace std::chrono_literals;

namespace {

bool comes_before(const std::vector<std::string>& log, const std::string& a,
                  const std::string& b) {
  auto first = std::find(log.begin(), log.end(), a);
  return first != log.end() && std::find(first, log.end(), b) != log.end();
}

const std::vector<phase> whole_life{phase::pending,      phase::creating,
                                    phase::initializing, phase::running,
                                    phase::stopping,     phase::stopped};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_life, test::open_node)

BOOST_AUTO_TEST_CASE(a_start_is_answered_with_url_and_token) {
  auto accepted = start(spec_of("w1"));
  BOOST_REQUIRE(accepted);
  BOOST_TEST(accepted->url == "http://meta-w1.ws.test");
  BOOST_TEST(accepted->owner_token.size() == 32u);
}

BOOST_AUTO_TEST_CASE(every_phase_is_told_in_order_with_growing_versions) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST((watcher->phases_of("w1") == whole_life));
  for (size_t i = 1; i < watcher->heard.size(); ++i)
    BOOST_TEST(watcher->heard[i]->version > watcher->heard[i - 1]->version);
}

BOOST_AUTO_TEST_CASE(nothing_is_told_before_it_is_stored) {
  BOOST_REQUIRE(start(spec_of("w1")));
  // Of one phase not every state is told.
  auto next = is->history.begin();
  for (const auto& record : watcher->heard) {
    next = std::find(next, is->history.end(), record);
    BOOST_REQUIRE((next != is->history.end()));
  }
  BOOST_TEST((watcher->heard.back() == is->history.back()));
}

BOOST_AUTO_TEST_CASE(image_and_content_are_prepared_side_by_side) {
  is->hold["image"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_TEST(is->count("fill w1") == 1u);
  BOOST_TEST(is->count("launch w1") == 0u);
  is->let_go("image");
  settle();
  BOOST_TEST((phase_of("w1") == phase::running));
}

BOOST_AUTO_TEST_CASE(a_stop_saves_before_it_deletes) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST(comes_before(is->log, "terminate w1 30000", "archive w1"));
  BOOST_TEST(comes_before(is->log, "archive w1", "discard w1"));
  BOOST_TEST(comes_before(is->log, "discard w1", "release w1"));
  auto record = *describe("w1");
  BOOST_TEST(record->conditions.final_backup_complete);
  BOOST_TEST(record->conditions.stopped_by_request);
  BOOST_TEST(record->conditions.failed == "");
}

BOOST_AUTO_TEST_CASE(a_stop_that_cannot_be_stored_is_refused) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->fail["store"] = "disk gone";
  for (auto refused : {stop("w1"), stop("w1")}) {
    BOOST_REQUIRE(!refused);
    BOOST_TEST((code_of(refused.error()) == ec::internal));
  }
}

BOOST_AUTO_TEST_CASE(an_abort_saves_nothing) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1", stop_policy::abort));
  BOOST_TEST(is->count("archive w1") == 0u);
  BOOST_TEST(is->count("discard w1") == 1u);
  BOOST_TEST(is->count("terminate w1 1000") == 1u);
  BOOST_TEST((*describe("w1"))->conditions.aborted);
}

BOOST_AUTO_TEST_CASE(a_harsher_stop_shortens_the_grace_period) {
  is->hold["terminate"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_REQUIRE(stop("w1", stop_policy::immediately));
  BOOST_TEST(is->count("terminate w1 1000") == 1u);
  is->let_go("terminate");
  settle();
  BOOST_TEST(is->count("archive w1") == 1u);
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(a_stop_before_it_is_stored_waits_for_its_passwords) {
  is->hold["keep-secrets"] = true;
  auto unanswered = start(spec_of("w1"), {{"initializer.git", "secret"}});
  BOOST_TEST((code_of(unanswered.error()) == ec::timeout));
  BOOST_TEST(bool(stop("w1")));
  BOOST_TEST((phase_of("w1") == phase::stopping));
  BOOST_TEST(is->count("erase-secrets w1") == 0u);
  is->let_go("keep-secrets");
  settle();
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST(is->count("fill w1") == 0u);
  BOOST_TEST(is->count("erase-secrets w1") == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_during_the_clone_cancels_it) {
  is->hold["fill"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST(is->count("cancel w1") == 1u);
  BOOST_TEST(is->count("launch w1") == 0u);
  BOOST_TEST(is->count("archive w1") == 0u);
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST((*describe("w1"))->conditions.failed == "");
}

BOOST_AUTO_TEST_CASE(a_stop_during_the_launch_waits_for_it_then_undoes_it) {
  is->hold["launch"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST(is->count("release w1") == 0u);
  is->let_go("launch");
  settle();
  BOOST_TEST(is->count("release w1") == 1u);
  auto phases = watcher->phases_of("w1");
  BOOST_TEST((std::count(phases.begin(), phases.end(), phase::running) == 0));
}

BOOST_AUTO_TEST_CASE(each_step_of_a_start_may_fail_and_leaves_nothing) {
  const auto texts = std::map<std::string, std::string>{
    {"image", "cannot pull image: no"},
    {"fill", "Content initialization failed: no"},
    {"launch", "cannot start container: no"},
  };
  for (const auto& [step, text] : texts) {
    auto id = "w-" + step;
    is->fail = {{step, "no"}};
    BOOST_REQUIRE(start(spec_of(id)));
    settle();
    BOOST_TEST((phase_of(id) == phase::stopped));
    BOOST_TEST((*describe(id))->conditions.failed == text);
    BOOST_TEST(is->count("release " + id) == 1u);
    BOOST_TEST(is->count("discard " + id) == 1u);
    BOOST_TEST(is->count("drop " + id) == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_failed_backup_is_tried_again_and_keeps_the_content) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->fail["archive"] = "store down";
  BOOST_REQUIRE(stop("w1"));
  for (int second = 0; second < 10; ++second)
    advance(1s);
  BOOST_TEST((phase_of("w1") == phase::stopping));
  BOOST_TEST(is->count("archive w1") > 2u);
  BOOST_TEST(is->count("discard w1") == 0u);
  is->fail.clear();
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST((*describe("w1"))->conditions.final_backup_complete);
}

BOOST_AUTO_TEST_CASE(a_backup_that_never_works_ends_in_the_quarantine) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->fail["archive"] = "store down";
  BOOST_REQUIRE(stop("w1"));
  for (int minute = 0; minute < 56; ++minute)
    advance(1min);
  auto record = *describe("w1");
  BOOST_TEST((record->phase == phase::stopped));
  BOOST_TEST(!record->conditions.final_backup_complete);
  BOOST_TEST(record->conditions.failed.starts_with("Backup failed: "));
  BOOST_TEST(is->count("quarantine w1") == 1u);
  BOOST_TEST(is->count("discard w1") == 0u);
}

BOOST_AUTO_TEST_CASE(a_backup_that_hangs_is_given_up_in_time) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->hold["archive"] = true;
  BOOST_REQUIRE(stop("w1"));
  advance(54min);
  BOOST_TEST((phase_of("w1") == phase::stopping));
  advance(1min);
  auto record = *describe("w1");
  BOOST_TEST((record->phase == phase::stopped));
  BOOST_TEST(record->conditions.backup_failed);
  BOOST_TEST(is->count("quarantine w1") == 1u);
  BOOST_TEST(is->count("discard w1") == 0u);
}

BOOST_AUTO_TEST_CASE(its_time_runs_from_the_stop_across_restarts) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->fail["archive"] = "store down";
  BOOST_REQUIRE(stop("w1"));
  for (int part = 0; part < 5; ++part) {
    advance(10min);
    jump(24h);
    open();
  }
  advance(4min);
  BOOST_TEST((phase_of("w1") == phase::stopping));
  advance(1min);
  BOOST_TEST((phase_of("w1") == phase::stopped));
  BOOST_TEST((*describe("w1"))->conditions.backup_failed);
}

BOOST_AUTO_TEST_CASE(cleaning_up_that_hangs_does_not_keep_it_for_ever) {
  BOOST_REQUIRE(start(spec_of("w1")));
  is->hold["discard"] = true;
  is->hold["terminate"] = true;
  BOOST_REQUIRE(stop("w1"));
  advance(1h);
  BOOST_TEST((phase_of("w1") == phase::stopped || !describe("w1")));
  BOOST_TEST(is->count("release w1") == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_that_comes_late_backs_nothing_up_twice) {
  is->hold["image"] = true;
  is->hold["archive"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST(is->count("archive w1") == 1u);
  is->let_go("image");
  settle();
  BOOST_TEST(is->count("archive w1") == 1u);
  is->let_go("archive");
  settle();
  BOOST_TEST((phase_of("w1") == phase::stopped));
}

BOOST_AUTO_TEST_CASE(activity_told_often_is_stored_once_a_second) {
  BOOST_REQUIRE(start(spec_of("w1")));
  auto before = is->history.size();
  for (auto i = 0; i < 100; ++i)
    BOOST_REQUIRE(mark("w1"));
  BOOST_TEST(is->history.size() == before + 1);
  BOOST_REQUIRE(mark("w1", true));
  BOOST_TEST(is->history.size() == before + 2);
  advance(1s);
  BOOST_REQUIRE(mark("w1", true));
  BOOST_TEST(is->history.size() == before + 3);
}

BOOST_AUTO_TEST_CASE(a_container_that_dies_is_a_failure_with_a_backup) {
  BOOST_REQUIRE(start(spec_of("w1")));
  end_container("w1", {137, ""});
  auto record = *describe("w1");
  BOOST_TEST((record->phase == phase::stopped));
  BOOST_TEST(record->conditions.failed
             == "container workspace exited with code 137");
  BOOST_TEST(record->conditions.final_backup_complete);
}

BOOST_AUTO_TEST_CASE(a_prebuild_ends_with_a_snapshot) {
  auto spec = spec_of("p1");
  spec.type = workspace_type::prebuild;
  BOOST_REQUIRE(start(spec));
  end_container("p1", {0, ""});
  auto record = *describe("p1");
  BOOST_TEST(record->conditions.snapshot == "object@bucket");
  BOOST_TEST(record->conditions.failed == "");
  BOOST_TEST(record->conditions.headless_task_failed == "");
}

BOOST_AUTO_TEST_CASE(a_failed_task_is_not_a_failed_workspace) {
  auto spec = spec_of("p1");
  spec.type = workspace_type::prebuild;
  BOOST_REQUIRE(start(spec));
  end_container("p1", {1, "headless task failed: make: exit 2"});
  auto record = *describe("p1");
  BOOST_TEST(record->conditions.failed == "");
  BOOST_TEST(record->conditions.headless_task_failed
             == "headless task failed: make: exit 2");
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_cannot_be_stored_is_never_named) {
  auto spec = spec_of("p1");
  spec.type = workspace_type::prebuild;
  BOOST_REQUIRE(start(spec));
  is->fail["snapshot"] = "store down";
  end_container("p1", {0, ""});
  for (int minute = 0; minute < 56; ++minute)
    advance(1min);
  auto record = *describe("p1");
  BOOST_TEST((record->phase == phase::stopped));
  BOOST_TEST(record->conditions.failed.starts_with("Backup failed: "));
  for (const auto& told : watcher->heard)
    BOOST_TEST(told->conditions.snapshot == "");
}

BOOST_AUTO_TEST_CASE(an_image_build_saves_nothing) {
  auto spec = spec_of("b1");
  spec.type = workspace_type::imagebuild;
  BOOST_REQUIRE(start(spec));
  end_container("b1", {1, "headless task failed: no Dockerfile"});
  auto record = *describe("b1");
  BOOST_TEST(record->conditions.failed == "");
  BOOST_TEST(record->conditions.headless_task_failed
             == "headless task failed: no Dockerfile");
  BOOST_TEST(is->count("archive b1") + is->count("snapshot b1") == 0u);
  BOOST_TEST(is->count("discard b1") == 1u);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_crashed_prebuild_is_a_failure) {
  auto spec = spec_of("p1");
  spec.type = workspace_type::prebuild;
  BOOST_REQUIRE(start(spec));
  end_container("p1", {2, "no space left"});
  auto record = *describe("p1");
  BOOST_TEST(record->conditions.failed
             == "container workspace exited with code 2: no space left");
  BOOST_TEST(record->conditions.headless_task_failed == "no space left");
}

BOOST_AUTO_TEST_CASE(passwords_are_kept_until_it_runs_and_not_in_the_record) {
  BOOST_REQUIRE(start(spec_of("w1"), {{"initializer.git", "secret"}}));
  BOOST_TEST(comes_before(is->log, "keep-secrets w1", "launch w1"));
  BOOST_TEST(comes_before(is->log, "launch w1", "erase-secrets w1"));
}

BOOST_AUTO_TEST_CASE(whoever_sees_it_running_finds_no_secret_any_more) {
  is->hold["erase-secrets"] = true;
  BOOST_REQUIRE(start(spec_of("w1"), {{"initializer.git", "secret"}}));
  BOOST_TEST((phase_of("w1") == phase::initializing));
  BOOST_TEST((is->disk["w1"]->phase == phase::running));
  is->let_go("erase-secrets");
  settle();
  BOOST_TEST((phase_of("w1") == phase::running));
}

BOOST_AUTO_TEST_CASE(a_start_that_cannot_be_stored_never_was) {
  is->fail["store"] = "disk gone";
  auto refused = start(spec_of("w1"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == ec::unavailable));
  BOOST_TEST(list().empty());
  is->fail.clear();
  BOOST_TEST(bool(start(spec_of("w1"))));
}

BOOST_AUTO_TEST_SUITE_END()
