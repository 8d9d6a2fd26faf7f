#include "test/actors/content_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace berth::test {

namespace {

using namespace std::chrono_literals;

struct resume_fixture : content_fixture {
  /// What a snapshot of a running workspace does, from its view on.
  static constexpr auto from_view
    = "stage, run, run, settle, packed, publish snapshot, published, drop, "
      "remove w1.snapshot-100, forget";

  /// Asks for a snapshot and says what became of its name.
  auto take(const std::string& instance) {
    auto what = snapshot_of(instance);
    what.on_secured
      = [this](const std::string& name) { names.push_back(name); };
    return begin(what);
  }

  std::vector<std::string> names;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(content_snapshot, resume_fixture)

BOOST_AUTO_TEST_CASE(is_of_a_copy_made_while_the_workspace_stands_still) {
  outcomes = {copied(), archived(), verified()};
  auto reply = ask<content_archived>(actor, snapshot_of("w1"));
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->consistent);
  BOOST_TEST(heard()
             == std::string{"intended, remove w1.snapshot-100, make "
                            "w1.snapshot-100, freeze c-w1, run, thaw c-w1, "
                            "settle view, viewed, "}
                  + from_view);
  BOOST_TEST(jobs.at(1).directories.at(0).host == "/s/views/w1.snapshot-100");
}

BOOST_AUTO_TEST_CASE(has_its_name_when_the_view_is_on_disk) {
  auto pending = take("w1");
  BOOST_TEST(names.empty());
  end_job(copied());
  BOOST_REQUIRE_EQUAL(names.size(), 1u);
  BOOST_TEST(names[0]
             == "workspaces/project/snapshot-100.tar.zst@gitpod-user-alice");
  BOOST_TEST(known() == "w1.snapshot-100 viewed");
  end_job(archived());
  end_job(verified());
  BOOST_TEST(!!reply_to<content_archived>(pending));
}

BOOST_AUTO_TEST_CASE(thaws_whatever_fails) {
  auto thaws_before_packing = [this] {
    auto all = heard();
    return all.find("thaw c-w1") != all.npos
           && all.find("thaw c-w1") < all.find("stage");
  };
  outcomes = {archived(), verified()};
  freeze_refused = make_error(ec::timeout, "it does not freeze");
  auto reply = ask<content_archived>(actor, snapshot_of("w1"));
  BOOST_REQUIRE(reply);
  BOOST_TEST(!reply->consistent);
  BOOST_TEST(thaws_before_packing());
  freeze_refused.reset();

  outcomes
    = {make_error(ec::exhausted, "too little room"), archived(), verified()};
  reply = ask<content_archived>(actor, snapshot_of("w1"));
  BOOST_REQUIRE(reply);
  BOOST_TEST(!reply->consistent);
  BOOST_TEST(thaws_before_packing());

  outcomes = {copied(), archived(), verified()};
  settle_refused = make_error(ec::internal, "disk trouble");
  reply = ask<content_archived>(actor, snapshot_of("w1"));
  BOOST_REQUIRE(reply);
  BOOST_TEST(thaws_before_packing());
}

BOOST_AUTO_TEST_CASE(does_not_hold_a_workspace_longer_than_is_allowed) {
  take("w1");
  BOOST_TEST(heard().ends_with("freeze c-w1, run"));
  advance(2s);
  BOOST_TEST(heard().find("thaw c-w1") != std::string::npos);
  BOOST_TEST(names.empty());
}

BOOST_AUTO_TEST_CASE(thaws_again_until_it_is_thawed) {
  thaw_refused = make_error(ec::internal, "no");
  outcomes = {copied(), archived(), verified()};
  BOOST_REQUIRE(ask<content_archived>(actor, snapshot_of("w1")));
  heard();
  advance(1s);
  BOOST_TEST(heard() == "thaw c-w1");
  thaw_refused.reset();
  advance(1s);
  BOOST_TEST(heard() == "thaw c-w1");
  advance(10s);
  BOOST_TEST(heard() == "");
}

BOOST_AUTO_TEST_CASE(lets_the_content_go_once_there_is_a_view) {
  take("w1");
  end_job(copied());
  heard();
  BOOST_TEST(!!ask<done>(actor, discard_content{"w1"}));
}

BOOST_AUTO_TEST_CASE(asked_for_twice_before_it_begins_is_one) {
  take("w1");
  // What is written from here on is not in the first one.
  take("w1");
  take("w1");
  BOOST_TEST(known() == "w1.snapshot-100 intended");
  end_job(copied());
  BOOST_TEST(names.size() == 1u);
  BOOST_TEST(known() == "w1.snapshot-100 viewed, w1.snapshot-101 intended");
}

BOOST_AUTO_TEST_CASE(of_a_content_that_changes_is_nobody_elses) {
  freeze_refused = make_error(ec::timeout, "it does not freeze");
  take("w1");
  take("w1");
  end_job(archived());
  end_job(verified());
  BOOST_TEST(names.size() == 1u);
  end_job(archived());
  end_job(verified());
  BOOST_TEST(names.size() == 2u);
}

BOOST_AUTO_TEST_CASE(whose_name_was_given_out_is_tried_for_long) {
  outcomes = {copied(), archived(), verified()};
  publish_refused = make_error(ec::unavailable, "the storage is down");
  auto pending = take("w1");
  BOOST_TEST(names.size() == 1u);
  for (auto i = 0; i < 7; ++i)
    advance(1min);
  BOOST_TEST(known() == "w1.snapshot-100 packed");
  BOOST_TEST(jobs.size() == 3u); // packed and checked once
  publish_refused.reset();
  advance(5min);
  BOOST_TEST(known() == "");
  BOOST_TEST(!!reply_to<content_archived>(pending));
}

BOOST_AUTO_TEST_CASE(is_given_up_in_the_end) {
  outcomes = {copied(), archived(), verified()};
  publish_refused = make_error(ec::unavailable, "the storage is down");
  auto pending = take("w1");
  for (auto i = 0; i < 30; ++i)
    advance(1min);
  BOOST_TEST(known() == "");
  BOOST_TEST(!reply_to<content_archived>(pending));
  BOOST_TEST(heard().ends_with("drop, remove w1.snapshot-100, forget"));
}

BOOST_AUTO_TEST_CASE(is_given_up_in_the_end_whatever_restarts_between) {
  outcomes = {copied(), archived(), verified()};
  publish_refused = make_error(ec::unavailable, "the storage is down");
  take("w1");
  for (auto i = 0; i < 8; ++i)
    advance(1min);
  BOOST_TEST(known() == "w1.snapshot-100 packed");
  outcomes = {verified()};
  restart();
  BOOST_TEST(known() == "w1.snapshot-100 packed");
  for (auto i = 0; i < 6; ++i)
    advance(1min);
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(is_not_named_if_its_intent_cannot_be_stored) {
  store_refused = make_error(ec::unavailable, "broken");
  auto pending = take("w1");
  advance(archive_pause);
  advance(2 * archive_pause);
  BOOST_TEST(!reply_to<content_archived>(pending));
  BOOST_TEST(names.empty());
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(content_resume, resume_fixture)

BOOST_AUTO_TEST_CASE(without_a_view_begins_again) {
  take("w1");
  BOOST_TEST(known() == "w1.snapshot-100 intended");
  restart();
  outcomes = {archived(), verified()};
  end_job(copied());
  BOOST_TEST(known() == "");
  auto all = heard();
  BOOST_TEST(all.find("freeze c-w1, run, thaw c-w1") != all.npos, all);
}

BOOST_AUTO_TEST_CASE(with_a_view_packs_that) {
  take("w1");
  end_job(copied());
  BOOST_TEST(known() == "w1.snapshot-100 viewed");
  outcomes = {archived(), verified()};
  restart();
  auto all = heard();
  BOOST_TEST(all.find("freeze") == all.npos);
  BOOST_TEST(all.find("clean storage but w1.snapshot-100") != all.npos);
  BOOST_TEST(all.find("publish snapshot") != all.npos);
  BOOST_TEST(jobs.at(0).directories.at(0).host == "/s/views/w1.snapshot-100");
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(packed_is_checked_and_published_but_not_packed) {
  publish_refused = make_error(ec::unavailable, "the storage is down");
  outcomes = {archived(), verified()};
  begin(backup_of("w1"));
  BOOST_TEST(known() == "w1.final-backup-100 packed");
  publish_refused.reset();
  outcomes = {verified()};
  restart();
  auto all = heard();
  BOOST_TEST(all.find("stage") == all.npos);
  BOOST_TEST(all.find("run, publish backup") != all.npos, all);
  BOOST_TEST(jobs.size() == 1u);
  BOOST_TEST(std::get<verify_job>(jobs[0].job).archive.bytes == 10u);
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(a_damaged_backup_is_packed_anew) {
  publish_refused = make_error(ec::unavailable, "the storage is down");
  outcomes = {archived(), verified()};
  begin(backup_of("w1"));
  publish_refused.reset();
  outcomes = {make_error(ec::data_loss, "cut"), archived(), verified()};
  restart();
  auto all = heard();
  BOOST_TEST(all.find("run, intended, stage, run, run") != all.npos, all);
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(a_packed_snapshot_that_is_lost_is_given_up) {
  publish_refused = make_error(ec::unavailable, "the storage is down");
  freeze_refused = make_error(ec::not_found, "it has ended");
  outcomes = {archived(), verified()};
  take("w1");
  BOOST_TEST(known() == "w1.snapshot-100 packed");
  reopen_refused = make_error(ec::not_found, "nothing is staged");
  restart();
  BOOST_TEST(heard().ends_with("drop, remove w1.snapshot-100, forget"));
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(published_is_only_forgotten) {
  auto record = archive_record{};
  record.id = "w1.backup-7";
  record.instance = "w1";
  record.owner = "alice";
  record.meta_id = "project";
  record.purpose = archive_purpose::backup;
  record.phase = archive_phase::published;
  records[record.id] = record;
  restart();
  BOOST_TEST(jobs.empty());
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(a_final_backup_asked_for_again_is_the_same_one) {
  begin(backup_of("w1"));
  restart();
  now_ns = 500;
  auto again = begin(backup_of("w1"));
  end_job(archived());
  end_job(verified());
  BOOST_TEST(!!reply_to<content_archived>(again));
  BOOST_TEST(jobs.size() == 2u);
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(a_final_backup_is_the_same_one_before_the_sweep_too) {
  begin(backup_of("w1"));
  replace_berthd();
  auto again = begin(backup_of("w1"));
  BOOST_REQUIRE(ask<done>(actor, sweep_content{{"w1", "w2"}}));
  end_job(archived());
  end_job(verified());
  BOOST_TEST(!!reply_to<content_archived>(again));
  BOOST_TEST(jobs.size() == 2u);
  BOOST_TEST(known() == "");
}

BOOST_AUTO_TEST_CASE(what_freezes_a_container_waits_for_the_sweep) {
  begin(snapshot_of("w1"));
  replace_berthd();
  begin(backup_of("w2"));
  BOOST_TEST(heard().find("freeze") == std::string::npos);
  BOOST_REQUIRE(ask<done>(actor, sweep_content{{"w1", "w2"}}));
  BOOST_TEST(heard().find("freeze c-w1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_older_backup_comes_before_a_newer_one) {
  auto what = backup_of("w1");
  what.purpose = archive_purpose::backup;
  begin(what);
  restart();
  begin(backup_of("w1"));
  begin(backup_of("w2"));
  BOOST_TEST(known() == "w1.backup-100 intended");
  end_job(archived());
  end_job(verified());
  BOOST_TEST(known() == "w1.final-backup-101 intended");
  end_job(archived());
  end_job(verified());
  BOOST_TEST(known() == "w2.final-backup-102 intended");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
