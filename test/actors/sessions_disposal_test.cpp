#include "test/actors/sessions_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

struct disposal_fixture : test::sessions_fixture {
  /// A session that goes no further than `wanted`, on disk too.
  void reach(const std::string& id, session_phase wanted) {
    is->hold["fill"] = wanted == session_phase::initializing;
    is->hold["archive"] = wanted == session_phase::disposing;
    is->hold["discard"] = wanted == session_phase::disposed;
    init(id);
    if (wanted >= session_phase::disposing)
      dispose(id, true, true);
    BOOST_REQUIRE((is->sessions[id]->phase == wanted));
    is->log.clear();
  }

  /// kill -9, and berthd again.
  void restart() {
    is->hold.clear();
    is->archives.clear();
    open_all();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sessions_disposal, disposal_fixture)

BOOST_AUTO_TEST_CASE(content_goes_only_when_it_is_safe_on_record) {
  is->repo = git_status{};
  is->repo->branch = "main";
  reach("s1", session_phase::ready);
  auto ended = dispose("s1", true, true);
  BOOST_TEST(heard()
             == "store s1 disposing, archive s1, store s1 disposed, "
                "discard s1, forget s1");
  BOOST_REQUIRE(code(ended) == ec::none);
  BOOST_TEST((**ended)->repo.value().branch == "main");
  BOOST_TEST(is->archives.back().with_logs);
  BOOST_TEST(is->archives.back().checkout_location == "repo");
  BOOST_TEST(!exists("s1"));
  BOOST_TEST(code(dispose("s1", true)) == ec::not_found);
}

BOOST_AUTO_TEST_CASE(without_a_backup_content_is_discarded) {
  is->repo = git_status{};
  reach("s1", session_phase::ready);
  auto ended = dispose("s1", false, true);
  BOOST_TEST(heard()
             == "store s1 disposing, survey-with-logs s1, store s1 disposed, "
                "discard s1, forget s1");
  BOOST_REQUIRE(code(ended) == ec::none);
  BOOST_TEST(!!(**ended)->repo);
}

BOOST_AUTO_TEST_CASE(a_failed_backup_leaves_everything_for_another_try) {
  reach("s1", session_phase::ready);
  is->fail["archive"] = "storage down";
  auto failed = dispose("s1", true);
  BOOST_TEST(code(failed) == ec::data_loss);
  BOOST_TEST(text(failed) == "backup failed: storage down");
  BOOST_TEST(is->count("discard s1") == 0u);
  BOOST_TEST(exists("s1"));
  BOOST_TEST((is->sessions["s1"]->phase == session_phase::disposing));
  BOOST_TEST(code(wait("s1")) == ec::failed_precondition);
  BOOST_TEST(code(snap("s1")) == ec::failed_precondition);
  BOOST_TEST(code(save("s1")) == ec::data_loss);
  auto tells = [this](const std::string& line) {
    return metrics_text().find("\n" + line + "\n") != std::string::npos;
  };
  BOOST_TEST(tells("berth_content_sessions 1"));
  BOOST_TEST(tells("berth_content_sessions_disposing 1"));
  is->fail.clear();
  // An operator may save what the disposal could not.
  BOOST_TEST(code(save("s1")) == ec::none);
  BOOST_TEST(code(dispose("s1", true)) == ec::none);
  BOOST_TEST(!exists("s1"));
  BOOST_TEST(tells("berth_content_sessions 0"));
}

BOOST_AUTO_TEST_CASE(after_a_failed_backup_it_may_be_given_up) {
  reach("s1", session_phase::ready);
  is->fail["archive"] = "storage down";
  dispose("s1", true);
  BOOST_TEST(code(dispose("s1", false)) == ec::none);
  BOOST_TEST(is->count("discard s1") == 1u);
}

BOOST_AUTO_TEST_CASE(a_failed_deletion_is_tried_again_without_a_backup) {
  reach("s1", session_phase::ready);
  is->fail["discard"] = "busy";
  BOOST_TEST(code(dispose("s1", true)) == ec::internal);
  BOOST_TEST(exists("s1"));
  is->fail.clear();
  BOOST_TEST(code(dispose("s1", true)) == ec::none);
  BOOST_TEST(is->archives.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_asks_again_shares_the_outcome) {
  is->repo = git_status{};
  reach("s1", session_phase::disposing);
  auto second = dispose("s1", true), third = dispose("s1", false);
  BOOST_TEST(code(second) == ec::timeout);
  is->let_go("archive");
  settle();
  BOOST_TEST(code(second) == ec::none);
  BOOST_REQUIRE(code(third) == ec::none);
  BOOST_TEST(!!(**third)->repo);
  BOOST_TEST(is->archives.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_disposal_cancels_an_initialization) {
  is->hold["fill"] = true;
  auto started = init("s1");
  auto waiting = wait("s1");
  auto ended = dispose("s1", false);
  BOOST_TEST(code(started) == ec::aborted);
  BOOST_TEST(code(waiting) == ec::failed_precondition);
  BOOST_TEST(code(ended) == ec::none);
  BOOST_TEST(is->count("cancel s1") == 1u);
  BOOST_TEST(is->count("survey s1") == 0u);
  BOOST_TEST(!exists("s1"));
}

BOOST_AUTO_TEST_CASE(a_disposal_with_a_backup_waits_for_the_content) {
  is->hold["fill"] = true;
  auto started = init("s1");
  auto ended = dispose("s1", true);
  BOOST_TEST(code(save("s1")) == ec::failed_precondition);
  BOOST_TEST(code(ended) == ec::timeout);
  is->let_go("fill");
  settle();
  BOOST_TEST(code(started) == ec::none);
  BOOST_TEST(code(ended) == ec::none);
  BOOST_TEST(is->archives.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_wants_no_backup_waits_for_no_content) {
  is->hold["fill"] = true;
  auto started = init("s1");
  auto backed_up = dispose("s1", true);
  auto ended = dispose("s1", false);
  BOOST_TEST(code(backed_up) == ec::failed_precondition);
  BOOST_TEST(code(started) == ec::aborted);
  BOOST_TEST(code(ended) == ec::none);
  BOOST_TEST(is->count("cancel s1") == 1u);
  BOOST_TEST(is->archives.empty());
  BOOST_TEST(!exists("s1"));
}

BOOST_AUTO_TEST_CASE(content_that_never_was_is_not_backed_up) {
  is->hold["fill"] = true;
  is->fail["fill"] = "git said no";
  auto started = init("s1");
  auto ended = dispose("s1", true);
  is->let_go("fill");
  settle();
  BOOST_TEST(code(started) == ec::internal);
  BOOST_TEST(code(ended) == ec::failed_precondition);
  BOOST_TEST(is->archives.empty());
  BOOST_TEST(!exists("s1"));
}

BOOST_AUTO_TEST_CASE(while_a_failed_start_is_cleared_up) {
  is->hold["discard"] = true;
  is->fail["fill"] = "git said no";
  auto started = init("s1");
  BOOST_TEST(code(started) == ec::timeout);
  BOOST_TEST(code(dispose("s1", true)) == ec::failed_precondition);
  auto discarded = dispose("s1", false);
  auto waiting = wait("s1");
  is->let_go("discard");
  settle();
  BOOST_TEST(code(started) == ec::internal);
  BOOST_TEST(code(discarded) == ec::none);
  BOOST_TEST(code(waiting) == ec::internal);
}

// -- restarts ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_sweep_leaves_the_contents_of_sessions) {
  reach("s1", session_phase::ready);
  restart();
  BOOST_TEST(is->count("sweep-content 1") == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_initializing_is_not_there_after_a_restart) {
  reach("s1", session_phase::initializing);
  restart();
  BOOST_TEST(is->count("discard s1") == 1u);
  BOOST_TEST(is->count("forget s1") == 1u);
  BOOST_TEST(!exists("s1"));
  BOOST_TEST(code(init("s1")) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_retry_waits_until_the_remains_are_gone) {
  reach("s1", session_phase::initializing);
  is->hold.clear();
  is->hold["discard"] = true;
  open_all();
  BOOST_TEST(exists("s1"));
  auto first = init("s1"), second = init("s1");
  auto waiting = wait("s1");
  BOOST_TEST(code(first) == ec::timeout);
  is->let_go("discard");
  settle();
  BOOST_TEST(code(first) == ec::none);
  BOOST_TEST(code(second) == ec::already_exists);
  BOOST_TEST(code(waiting) == ec::failed_precondition);
  BOOST_TEST(is->count("fill s1") == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_ready_is_ready_after_a_restart) {
  reach("s1", session_phase::ready);
  restart();
  BOOST_TEST(exists("s1"));
  BOOST_TEST(code(wait("s1")) == ec::none);
  BOOST_TEST(code(init("s1")) == ec::already_exists);
  BOOST_TEST(code(snap("s1")) == ec::none);
  BOOST_TEST(code(dispose("s1", true)) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_disposal_goes_on_after_a_restart) {
  reach("s1", session_phase::disposing);
  advance(1h);
  restart();
  BOOST_REQUIRE(is->archives.size() == 1u);
  BOOST_TEST(is->archives[0].with_logs);
  BOOST_TEST(
    metrics_text().find("gitpod_ws_daemon_workspace_finalize_seconds_sum{type="
                        "\"session\",class=\"\"} 0\n")
    != std::string::npos);
  BOOST_TEST(is->count("discard s1") == 1u);
  BOOST_TEST(!exists("s1"));
}

BOOST_AUTO_TEST_CASE(a_disposal_that_fails_again_waits_for_its_caller) {
  reach("s1", session_phase::disposing);
  is->fail["archive"] = "storage down";
  restart();
  BOOST_TEST(is->count("discard s1") == 0u);
  BOOST_TEST(exists("s1"));
  is->fail.clear();
  BOOST_TEST(code(dispose("s1", true)) == ec::none);
}

BOOST_AUTO_TEST_CASE(what_was_disposed_is_deleted_without_another_backup) {
  is->repo = git_status{};
  reach("s1", session_phase::disposed);
  is->hold.clear();
  is->hold["discard"] = true;
  is->archives.clear();
  open_all();
  auto asked_again = dispose("s1", true);
  BOOST_TEST(code(asked_again) == ec::timeout);
  is->let_go("discard");
  settle();
  BOOST_REQUIRE(code(asked_again) == ec::none);
  BOOST_TEST(!!(**asked_again)->repo);
  BOOST_TEST(is->archives.empty());
  BOOST_TEST(!exists("s1"));
}

BOOST_AUTO_TEST_CASE(until_the_manager_has_recovered_all_is_unavailable) {
  is->hold["sweep-content"] = true;
  open_all();
  BOOST_TEST(code(init("s1")) == ec::unavailable);
  BOOST_TEST(code(wait("s1")) == ec::unavailable);
  BOOST_TEST(code(dispose("s1", false)) == ec::unavailable);
  is->let_go("sweep-content");
  advance(100ms);
  BOOST_TEST(code(init("s1")) == ec::none);
}

BOOST_AUTO_TEST_SUITE_END()
