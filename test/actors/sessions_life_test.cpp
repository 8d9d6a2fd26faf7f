#include "test/actors/sessions_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

struct life_fixture : test::sessions_fixture {
  life_fixture() { is->log.clear(); }

  void make_ready(const std::string& id) {
    BOOST_REQUIRE(code(init(id)) == ec::none);
    is->log.clear();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sessions_life, life_fixture)

BOOST_AUTO_TEST_CASE(a_session_is_stored_before_it_is_filled) {
  is->hold["fill"] = true;
  auto asked = init("s1");
  BOOST_TEST(heard() == "store s1 initializing, fill s1");
  BOOST_TEST(code(asked) == ec::timeout);
  BOOST_TEST(exists("s1"));
  is->let_go("fill");
  settle();
  BOOST_TEST(code(asked) == ec::none);
  BOOST_TEST(heard() == "store s1 ready");
  BOOST_TEST(is->sessions["s1"]->content_ready);
  BOOST_TEST(is->sessions["s1"]->created_at.time_since_epoch().count() > 0);
  BOOST_TEST(metrics_text().find(
               "gitpod_ws_daemon_gitpod_ws_daemon_workspace_initialize_seconds_"
               "count{type=\"session\",class=\"\"} 1")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_id_that_is_known_is_refused_and_left_alone) {
  is->hold["fill"] = true;
  auto first = init("s1");
  BOOST_TEST(code(init("s1")) == ec::already_exists);
  is->let_go("fill");
  settle();
  BOOST_TEST(code(init("s1")) == ec::already_exists);
  is->hold["archive"] = true;
  auto ending = dispose("s1", true);
  BOOST_TEST(code(init("s1")) == ec::already_exists);
  BOOST_TEST(is->count("fill s1") == 1u);
  BOOST_TEST(is->count("discard s1") == 0u);
  BOOST_TEST(code(ending) == ec::timeout);
}

BOOST_AUTO_TEST_CASE(after_a_failed_start_nothing_is_left) {
  is->fail["fill"] = "git said no";
  auto failed = init("s1");
  BOOST_TEST(code(failed) == ec::internal);
  BOOST_TEST(text(failed) == "content initialization failed: git said no");
  BOOST_TEST(heard()
             == "store s1 initializing, fill s1, discard s1, forget s1");
  BOOST_TEST(!exists("s1"));
  is->fail.clear();
  BOOST_TEST(code(init("s1")) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_missing_snapshot_alone_is_not_found) {
  is->fail_code["fill"] = ec::not_found;
  is->fail["fill"] = "cannot find snapshot x@y";
  BOOST_TEST(code(init("s1")) == ec::not_found);
  is->fail["fill"] = "the repository was not found";
  BOOST_TEST(code(init("s1")) == ec::internal);
}

BOOST_AUTO_TEST_CASE(what_is_not_stored_is_not_begun) {
  is->fail["store"] = "disk gone";
  BOOST_TEST(code(init("s1")) == ec::internal);
  BOOST_TEST(is->count("fill s1") == 0u);
  BOOST_TEST(!exists("s1"));
}

BOOST_AUTO_TEST_CASE(who_waits_hears_how_it_ends) {
  BOOST_TEST(code(wait("s1")) == ec::not_found);
  is->hold["fill"] = true;
  init("s1");
  auto first = wait("s1"), second = wait("s1");
  BOOST_TEST(code(first) == ec::timeout);
  is->let_go("fill");
  settle();
  BOOST_TEST(code(first) == ec::none);
  BOOST_TEST(code(second) == ec::none);
  BOOST_TEST(code(wait("s1")) == ec::none);
  is->hold["archive"] = true;
  dispose("s1", true);
  BOOST_TEST(code(wait("s1")) == ec::failed_precondition);
}

BOOST_AUTO_TEST_CASE(who_waits_hears_of_a_failure) {
  is->hold["fill"] = true;
  is->fail["fill"] = "git said no";
  init("s1");
  auto waiting = wait("s1");
  is->let_go("fill");
  settle();
  BOOST_TEST(code(waiting) == ec::internal);
  BOOST_TEST(text(waiting) == "content initialization failed: git said no");
}

BOOST_AUTO_TEST_CASE(of_callers_who_went_away_nothing_is_kept) {
  is->hold["fill"] = true;
  init("s1");
  auto token = std::make_shared<int>();
  for (auto i = 0; i < 10'000; ++i) {
    auto to = answer<done>{[token](const result<done>&) {}};
    caf::anon_send(sessions, await_session{"s1", to});
    settle();
    to.revocation()(make_error(ec::cancelled, "gone"));
  }
  BOOST_TEST(token.use_count() == 1);
  auto still_there = wait("s1");
  is->let_go("fill");
  settle();
  BOOST_TEST(code(still_there) == ec::none);
}

BOOST_AUTO_TEST_CASE(slots_are_nobody_elses) {
  is->hold["fill"] = true;
  init("s1");
  init("s2");
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(is->fills.size() == 3u);
  // 20 ranges: 17 of workspaces, 2 of sessions, the unpacker's.
  BOOST_TEST(is->fills[0].id.slot == 17u);
  BOOST_TEST(is->fills[1].id.slot == 18u);
  BOOST_TEST(is->fills[2].id.slot == 0u);
  auto third = init("s3");
  BOOST_TEST(code(third) == ec::exhausted);
  BOOST_TEST(!exists("s3"));
  is->let_go("fill");
  settle();
  dispose("s1", false);
  BOOST_TEST(code(init("s3")) == ec::none);
  BOOST_TEST(is->fills.back().id.slot == 17u);
}

BOOST_AUTO_TEST_CASE(copies_are_made_of_ready_content_only) {
  BOOST_TEST(code(snap("s1")) == ec::not_found);
  BOOST_TEST(code(save("s1")) == ec::not_found);
  is->hold["fill"] = true;
  init("s1");
  BOOST_TEST(code(snap("s1")) == ec::failed_precondition);
  BOOST_TEST(code(save("s1")) == ec::failed_precondition);
  is->let_go("fill");
  settle();
  BOOST_TEST(code(snap("s1")) == ec::none);
  BOOST_TEST(code(save("s1")) == ec::none);
  is->hold["archive"] = true;
  dispose("s1", true);
  BOOST_TEST(code(snap("s1")) == ec::failed_precondition);
  BOOST_TEST(code(save("s1")) == ec::failed_precondition);
  BOOST_TEST(is->archives.size() == 3u);
}

BOOST_AUTO_TEST_CASE(who_does_not_wait_gets_a_name_that_is_sure) {
  make_ready("s1");
  is->hold["snapshot"] = true;
  auto one = snap("s1", true), waits = snap("s1");
  BOOST_REQUIRE(code(one) == ec::none);
  BOOST_TEST((**one)->url.starts_with("snapshot-"));
  BOOST_TEST(code(waits) == ec::timeout);
  is->hold["secure"] = true;
  auto unsure = snap("s1", true);
  BOOST_TEST(code(unsure) == ec::timeout);
  is->let_go("snapshot");
  settle();
  BOOST_TEST(code(waits) == ec::none);
  BOOST_TEST(code(unsure) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_copy_that_fails_says_so) {
  make_ready("s1");
  is->fail["snapshot"] = is->fail["archive"] = "storage down";
  BOOST_TEST(code(snap("s1")) == ec::internal);
  BOOST_TEST(code(save("s1")) == ec::data_loss);
  BOOST_TEST(code(wait("s1")) == ec::none);
}

BOOST_AUTO_TEST_CASE(without_storage_nothing_is_looked_up_or_stored) {
  auto request = init_of("s1");
  request.session.remote_storage_disabled = true;
  request.session.storage_quota_bytes = 7;
  BOOST_REQUIRE(code(begin<done>(request)) == ec::none);
  BOOST_TEST(is->fills.back().no_storage);
  BOOST_TEST(is->sessions["s1"]->storage_quota_bytes == 7u);
  BOOST_TEST(code(snap("s1")) == ec::failed_precondition);
  BOOST_TEST(code(save("s1")) == ec::failed_precondition);
  BOOST_TEST(code(dispose("s1", true)) == ec::failed_precondition);
  BOOST_TEST(code(wait("s1")) == ec::none);
  // Nor can logs be.
  is->log.clear();
  BOOST_TEST(code(dispose("s1", false, true)) == ec::none);
  BOOST_TEST(is->count("survey s1") == 1u);
  BOOST_TEST(is->archives.empty());
}

BOOST_AUTO_TEST_CASE(of_a_workspace_it_is_the_manager_that_acts) {
  is->hold["fill"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_TEST(exists("w1"));
  BOOST_TEST(code(init("w1")) == ec::already_exists);
  auto waiting = wait("w1");
  BOOST_TEST(code(waiting) == ec::timeout);
  is->let_go("fill");
  settle();
  BOOST_TEST(code(waiting) == ec::none);
  BOOST_TEST(code(wait("w1")) == ec::none);
  BOOST_TEST(code(snap("w1")) == ec::none);
  BOOST_TEST(code(save("w1")) == ec::none);
  BOOST_TEST(is->count("snapshot w1") == 1u);
  BOOST_TEST(is->count("archive w1") == 1u);
  auto refused = dispose("w1", true);
  BOOST_TEST(code(refused) == ec::failed_precondition);
  BOOST_TEST(text(refused).find("StopWorkspace") != std::string::npos);
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST(!exists("w1"));
  BOOST_TEST(code(wait("w1")) == ec::not_found);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_workspace_hears_that_it_failed) {
  is->hold["fill"] = true;
  is->fail["fill"] = "git said no";
  BOOST_REQUIRE(start(spec_of("w1")));
  auto waiting = wait("w1");
  is->let_go("fill");
  settle();
  BOOST_TEST(code(waiting) == ec::internal);
  BOOST_TEST(text(waiting) == "Content initialization failed: git said no");
}

BOOST_AUTO_TEST_CASE(a_workspace_does_not_take_a_sessions_id) {
  make_ready("s1");
  auto refused = start(spec_of("s1"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(code_of(refused.error()) == ec::already_exists);
  BOOST_TEST(list().empty());
  dispose("s1", false);
  BOOST_TEST(!!start(spec_of("s1")));
}

BOOST_AUTO_TEST_CASE(what_it_holds_is_watched_if_it_has_a_limit) {
  conf->content.quota_period = std::chrono::minutes{1};
  is->content_bytes = 5;
  open_all();
  auto limited = init_of("s1");
  limited.session.storage_quota_bytes = 4;
  begin<done>(limited);
  init("s2");
  auto looks = [&] {
    return std::pair{is->count("measure s1"), is->count("measure s2")};
  };
  BOOST_TEST((looks() == std::pair{size_t{0}, size_t{0}}));
  advance(std::chrono::minutes{1});
  BOOST_TEST((looks() == std::pair{size_t{1}, size_t{0}}));
  open_all(); // as after a crash
  advance(std::chrono::minutes{1});
  advance(std::chrono::minutes{1});
  BOOST_TEST((looks() == std::pair{size_t{3}, size_t{0}}));
  is->is_limited = true; // the file system sees to it
  advance(std::chrono::minutes{1});
  advance(std::chrono::minutes{1});
  BOOST_TEST((looks() == std::pair{size_t{4}, size_t{0}}));
}

BOOST_AUTO_TEST_SUITE_END()
