#include "test/actors/content_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace berth::test {

BOOST_FIXTURE_TEST_SUITE(content_archive, content_fixture)

BOOST_AUTO_TEST_CASE(is_checked_by_another_worker_before_it_is_published) {
  outcomes = {archived(), verified()};
  auto reply = ask<content_archived>(actor, backup_of("w1"));
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->qualified_name == "x@y");
  BOOST_TEST(reply->bytes == 10u);
  BOOST_TEST(heard()
             == "intended, stage, run, run, settle, packed, publish backup, "
                "published, drop, remove w1.final-backup-100, forget");
  BOOST_REQUIRE_EQUAL(jobs.size(), 2u);
  BOOST_TEST(!jobs[0].network);
  BOOST_TEST(jobs[0].directories.at(0).host == "/s/content/w1");
  BOOST_TEST(jobs[1].directories.empty());
}

BOOST_AUTO_TEST_CASE(asks_for_the_git_status_of_the_checkout) {
  outcomes = {archived(), verified()};
  auto what = archive_content{id_of("w1"), archive_purpose::snapshot, "repo"};
  BOOST_REQUIRE(ask<content_archived>(actor, what));
  auto& job = std::get<archive_job>(jobs.at(0).job);
  BOOST_TEST((job.checkout_location == "repo"));
  BOOST_TEST(heard()
             == "intended, stage, run, run, settle, packed, publish snapshot, "
                "published, drop, remove w1.snapshot-100, forget");
}

BOOST_AUTO_TEST_CASE(logs_come_before_a_prebuilds_snapshot) {
  outcomes = {archived(), verified()};
  auto what = archive_content{id_of("w1"), archive_purpose::snapshot, ""};
  what.with_logs = true;
  BOOST_REQUIRE(ask<content_archived>(actor, what));
  BOOST_TEST(heard().starts_with("intended, store logs, stage, run, run"));
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_stored_does_not_stop_the_snapshot) {
  outcomes = {archived(), verified()};
  logs_refused = make_error(ec::internal, "disk trouble");
  auto what = archive_content{id_of("w1"), archive_purpose::snapshot, ""};
  what.with_logs = true;
  auto pending = begin(what);
  for (uint32_t i = 1; i < log_attempts; ++i)
    advance(archive_pause * (1U << (i - 1)));
  BOOST_TEST(!!reply_to<content_archived>(pending));
  BOOST_TEST(heard().starts_with(
    "intended, store logs, store logs, store logs, store logs, store logs, "
    "stage, run, run, settle, packed, publish snapshot"));
}

BOOST_AUTO_TEST_CASE(is_tried_three_times_with_growing_pauses) {
  for (auto i = 0; i < 6; ++i)
    outcomes.push_back(make_error(ec::internal, "disk trouble"));
  auto pending = begin(backup_of("w1"));
  BOOST_TEST(jobs.size() == 2u);
  advance(archive_pause);
  BOOST_TEST(jobs.size() == 4u);
  advance(archive_pause);
  BOOST_TEST(jobs.size() == 4u);
  advance(archive_pause);
  BOOST_TEST(jobs.size() == 6u);
  auto reply = reply_to<content_archived>(pending);
  BOOST_REQUIRE(!reply);
  BOOST_TEST(describe(reply.error()) == "disk trouble");
  BOOST_TEST(heard()
             == "intended, stage, run, run, drop, stage, run, run, drop, "
                "stage, run, run, drop, drop, remove w1.final-backup-100, "
                "forget");
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(tells_what_it_waits_for) {
  auto told = std::vector<std::string>{};
  auto what = backup_of("w1");
  what.on_waiting = [&](const std::string& why) { told.push_back(why); };
  outcomes = {archived(), verified()};
  is_publishing_held = true;
  auto pending = begin(what);
  advance(storage_doubt_pause); // it takes long, but the storage is there
  BOOST_TEST(told.empty());
  BOOST_TEST(heard().ends_with("publish, and no answer, probe"));
  probe_refused = make_error(ec::unavailable, "nobody there");
  advance(storage_doubt_pause);
  BOOST_TEST(told == std::vector<std::string>{"nobody there"},
             boost::test_tools::per_element());
  is_publishing_held = false;
  publish_refused = make_error(ec::unavailable, "still nobody");
  auto limit = std::max<std::chrono::nanoseconds>(
    all->timeouts.content_finalization / archive_attempts, removal_limit);
  advance(limit - 2 * storage_doubt_pause); // the request is given up
  advance(archive_pause);
  BOOST_TEST(told.back() == "still nobody");
  publish_refused.reset();
  advance(2 * archive_pause);
  BOOST_TEST(!!reply_to<content_archived>(pending));
  // Nobody asks any more.
  heard();
  advance(2 * storage_doubt_pause);
  BOOST_TEST(heard() == "");
}

BOOST_AUTO_TEST_CASE(succeeds_at_the_second_attempt) {
  outcomes
    = {archived(), make_error(ec::data_loss, "cut"), archived(), verified()};
  auto pending = begin(backup_of("w1"));
  advance(archive_pause);
  BOOST_TEST(!!reply_to<content_archived>(pending));
}

BOOST_AUTO_TEST_CASE(is_not_tried_again_where_that_cannot_help) {
  publish_refused = make_error(ec::invalid_argument, "no such owner");
  outcomes = {archived(), verified()};
  auto reply = ask<content_archived>(actor, backup_of("w1"));
  BOOST_REQUIRE(!reply);
  BOOST_TEST(heard().ends_with("publish backup, drop, remove "
                               "w1.final-backup-100, forget"));
}

BOOST_AUTO_TEST_CASE(lacking_entries_is_data_loss) {
  for (auto i = 0; i < 3; ++i) {
    outcomes.push_back(archived(4));
    outcomes.push_back(verified());
  }
  auto pending = begin(backup_of("w1"));
  advance(archive_pause);
  advance(2 * archive_pause);
  auto reply = reply_to<content_archived>(pending);
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::data_loss));
}

BOOST_AUTO_TEST_CASE(runs_five_at_once_and_the_sixth_when_one_has_ended) {
  auto pending = std::vector<decltype(begin(backup_of("")))>{};
  for (auto i = 0; i < 6; ++i) {
    auto what = backup_of("w" + std::to_string(i));
    what.id.meta_id += std::to_string(i);
    pending.push_back(begin(what));
  }
  // Of each, one worker packs and one checks.
  BOOST_TEST(jobs.size() == 2 * concurrent_archives);
  end_job(archived());
  BOOST_TEST(jobs.size() == 2 * concurrent_archives);
  end_job(verified());
  BOOST_TEST(jobs.size() == 2 * concurrent_archives + 2);
  while (!at_work.empty()) {
    end_job(archived());
    end_job(verified());
  }
  for (auto& each : pending)
    BOOST_TEST(!!reply_to<content_archived>(each));
}

BOOST_AUTO_TEST_CASE(waits_for_what_came_before_on_its_instance) {
  auto first = begin(start_of("w1"));
  auto second = begin(backup_of("w1"));
  auto of_another = backup_of("w2");
  of_another.id.meta_id = "another";
  auto other = begin(of_another);
  BOOST_TEST(jobs.size() == 3u);
  outcomes.assign(1, archived());
  outcomes.push_back(verified());
  end_job(cloned());
  BOOST_TEST(!!reply_to<content_initialized>(first));
  BOOST_TEST(!!reply_to<content_archived>(second));
  end_job(archived());
  end_job(verified());
  BOOST_TEST(!!reply_to<content_archived>(other));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(content_removal, content_fixture)

BOOST_AUTO_TEST_CASE(loses_its_name_before_its_files) {
  BOOST_TEST(!!ask<done>(actor, discard_content{"w1"}));
  BOOST_TEST(heard()
             == "remove .trash-w1, take w1 to .trash-w1, remove .trash-w1, "
                "remove .staging-w1");
}

BOOST_AUTO_TEST_CASE(into_the_quarantine_deletes_nothing) {
  BOOST_TEST(!!ask<done>(actor, quarantine_content{id_of("w1"), "no backup"}));
  BOOST_TEST(heard() == "set aside w1");
}

BOOST_AUTO_TEST_CASE(a_sweep_spares_what_is_known_and_what_is_new) {
  outcomes.push_back(cloned());
  BOOST_REQUIRE(ask<content_initialized>(actor, start_of("fresh")));
  heard();
  listing = {{"fresh", "known", "orphan"}, {"gone"}};
  BOOST_TEST(!!ask<done>(actor, sweep_content{{"known"}}));
  BOOST_TEST(heard()
             == "clean storage, list, remove .staging-gone, set aside orphan, "
                "remove .trash-gone");
}

BOOST_AUTO_TEST_CASE(a_sweep_leaves_a_running_initialization_alone) {
  auto pending = begin(start_of("w1"));
  heard();
  listing = {{}, {"w1"}};
  BOOST_TEST(!!ask<done>(actor, sweep_content{}));
  BOOST_TEST(heard() == "clean storage, list");
  end_job(cloned());
  BOOST_TEST(!!reply_to<content_initialized>(pending));
}

BOOST_AUTO_TEST_CASE(a_survey_stores_logs_and_tells_the_git_status) {
  auto repo = git_status{};
  repo.branch = "main";
  outcomes = {status_outcome{repo}};
  auto found
    = ask<content_surveyed>(actor, survey_content{id_of("w1"), "repo", true});
  BOOST_REQUIRE(found);
  BOOST_TEST(found->repo.value().branch == "main");
  BOOST_TEST(heard() == "store logs, run");
  BOOST_TEST(!jobs[0].network);
  BOOST_TEST((std::get<status_job>(jobs[0].job).checkout_location == "repo"));
}

BOOST_AUTO_TEST_CASE(a_survey_goes_on_without_what_it_cannot_get) {
  outcomes = {make_error(ec::timeout, "git hangs")};
  logs_refused = make_error(ec::internal, "disk trouble");
  auto pending = begin(survey_content{id_of("w1"), "repo", true});
  for (uint32_t i = 1; i < log_attempts; ++i)
    advance(archive_pause * (1U << (i - 1)));
  auto found = reply_to<content_surveyed>(pending);
  BOOST_REQUIRE(found);
  BOOST_TEST(!found->repo);
  // What comes next on this content was not kept waiting for ever.
  BOOST_TEST(!!ask<done>(actor, discard_content{"w1"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
