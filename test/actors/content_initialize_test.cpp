#include "test/actors/content_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace berth::test {

BOOST_FIXTURE_TEST_SUITE(content_initialize, content_fixture)

BOOST_AUTO_TEST_CASE(becomes_visible_in_one_step_at_the_end) {
  outcomes.push_back(cloned());
  auto reply = ask<content_initialized>(actor, start_of("w1"));
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->directory == "/s/content/w1");
  BOOST_TEST(reply->source == "from-other");
  BOOST_REQUIRE_EQUAL(reply->metrics.size(), 1u);
  BOOST_TEST(heard()
             == "find, remove .staging-w1, open sources, make content, make "
                ".staging-w1, "
                "run, move .staging-w1 to w1");
}

BOOST_AUTO_TEST_CASE(fills_the_place_it_is_given) {
  auto what = start_of("w1");
  what.is_empty = true;
  what.place = "/s/rootfs/g1/place";
  auto reply = ask<content_initialized>(actor, what);
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->in_place);
  auto log = heard();
  BOOST_TEST(log.find("remove .staging-w1, take the place place") != log.npos,
             log);
}

BOOST_AUTO_TEST_CASE(runs_its_worker_in_the_workspaces_own_id_range) {
  outcomes.push_back(cloned());
  BOOST_REQUIRE(ask<content_initialized>(actor, start_of("w1")));
  BOOST_REQUIRE_EQUAL(jobs.size(), 1u);
  BOOST_TEST(jobs[0].range.start == 1'000'000u + 2 * 65536u);
  BOOST_TEST(jobs[0].range.size == 65536u);
  BOOST_TEST(jobs[0].network);
  BOOST_REQUIRE_EQUAL(jobs[0].directories.size(), 1u);
  BOOST_TEST(jobs[0].directories[0].host == "/s/content/.staging-w1");
}

BOOST_AUTO_TEST_CASE(needs_no_worker_for_nothing) {
  auto what = start_of("w1");
  what.is_empty = true;
  auto reply = ask<content_initialized>(actor, what);
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->source == "from-other");
  BOOST_TEST(jobs.empty());
  BOOST_TEST(heard() == "find, remove .staging-w1, open sources, fill w1");
}

BOOST_AUTO_TEST_CASE(what_was_restored_is_on_disk_before_it_has_its_name) {
  sources.archives["x@y"] = opened_source{nullptr, 42, "abc"};
  outcomes.push_back(cloned());
  BOOST_REQUIRE(ask<content_initialized>(actor, start_of("w1")));
  BOOST_TEST(heard().ends_with("run, settle view, move .staging-w1 to w1"));
  settle_refused = make_error(ec::internal, "the disk is broken");
  outcomes.push_back(cloned());
  auto refused = ask<content_initialized>(actor, start_of("w2"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(heard().ends_with("run, settle view, remove .staging-w2"));
}

BOOST_AUTO_TEST_CASE(a_backup_wins_even_over_an_empty_initializer) {
  sources.backup = opened_source{nullptr, 42, "abc"};
  outcomes.push_back(worker_outcome{initialize_outcome{"from-backup", {}}});
  auto what = start_of("w1");
  what.is_empty = true;
  auto reply = ask<content_initialized>(actor, what);
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->source == "from-backup");
  auto& job = std::get<initialize_job>(jobs.at(0).job);
  BOOST_REQUIRE(job.backup);
  BOOST_TEST(job.backup->bytes == 42u);
  BOOST_TEST(job.backup->fd == jobs[0].fds.at(0).second);
}

BOOST_AUTO_TEST_CASE(gives_each_archive_a_descriptor_of_its_own) {
  sources.archives["a"] = {nullptr, 1, ""};
  sources.archives["b"] = {nullptr, 2, ""};
  outcomes.push_back(cloned());
  BOOST_REQUIRE(ask<content_initialized>(actor, start_of("w1")));
  auto& job = std::get<initialize_job>(jobs.at(0).job);
  BOOST_REQUIRE_EQUAL(job.snapshots.size(), 2u);
  BOOST_TEST(job.snapshots["a"].fd != job.snapshots["b"].fd);
  BOOST_TEST(jobs[0].fds.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_missing_snapshot_stops_it_before_anything_runs) {
  sources_refused = make_error(ec::not_found, "cannot find snapshot x");
  auto reply = ask<content_initialized>(actor, start_of("w1"));
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::not_found));
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(a_failed_worker_leaves_nothing) {
  outcomes.push_back(make_error(ec::invalid_argument, "no such branch"));
  auto reply = ask<content_initialized>(actor, start_of("w1"));
  BOOST_REQUIRE(!reply);
  BOOST_TEST(describe(reply.error()) == "no such branch");
  BOOST_TEST(heard()
             == "find, remove .staging-w1, open sources, make content, make "
                ".staging-w1, "
                "run, remove .staging-w1");
}

BOOST_AUTO_TEST_CASE(a_worker_cannot_pass_one_job_for_another) {
  outcomes.push_back(archived());
  auto reply = ask<content_initialized>(actor, start_of("w1"));
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::internal));
}

BOOST_AUTO_TEST_CASE(asked_again_it_gives_the_answer_that_got_lost) {
  found = {true, content_initialized{"/s/content/w1", "from-backup", {}}};
  auto reply = ask<content_initialized>(actor, start_of("w1"));
  BOOST_REQUIRE(reply);
  BOOST_TEST(reply->source == "from-backup");
  BOOST_TEST(heard() == "find");
}

BOOST_AUTO_TEST_CASE(content_nobody_finished_is_set_aside_not_deleted) {
  found = {true, std::nullopt};
  outcomes.push_back(cloned());
  BOOST_REQUIRE(ask<content_initialized>(actor, start_of("w1")));
  BOOST_TEST(heard().starts_with("find, set aside w1, remove .staging-w1"));
}

BOOST_AUTO_TEST_CASE(cancelled_it_kills_its_worker_and_leaves_nothing) {
  auto pending = begin(start_of("w1"));
  heard();
  self->send(actor, cancel_content{"w1"});
  settle();
  auto reply = reply_to<content_initialized>(pending);
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::cancelled));
  BOOST_TEST(heard() == "kill, remove .staging-w1");
}

BOOST_AUTO_TEST_CASE(cancelled_in_the_queue_it_never_begins) {
  auto first = begin(backup_of("w1"));
  auto pending = begin(start_of("w1"));
  self->send(actor, cancel_content{"w1"});
  end_job(archived());
  end_job(verified());
  auto reply = reply_to<content_initialized>(pending);
  BOOST_REQUIRE(!reply);
  BOOST_TEST((code_of(reply.error()) == ec::cancelled));
  BOOST_TEST(!!reply_to<content_archived>(first));
}

BOOST_AUTO_TEST_CASE(an_id_that_could_be_a_path_is_refused) {
  for (auto* instance : {"", "..", "a/b", ".staging-x", "a.b"}) {
    auto reply = ask<content_initialized>(actor, start_of(instance));
    BOOST_REQUIRE(!reply);
    BOOST_TEST((code_of(reply.error()) == ec::invalid_argument));
  }
  BOOST_TEST(heard() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
