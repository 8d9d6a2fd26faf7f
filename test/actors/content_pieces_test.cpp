#include "test/actors/content_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace berth::test {

namespace {

/// With two objects of which the disk knows the pieces.
struct pieces_fixture : content_fixture {
  pieces_fixture() {
    all->content.incremental = true;
    pieces.index = std::make_shared<const sys::fd>();
    pieces.objects = {{"trail-1.tar.zst", 70}, {"trail-2.inc.zst", 7}};
    pieces.sha256 = std::string(64, 'b');
    pieces.settled_before = 5;
  }

  static worker_outcome divided(std::vector<uint32_t> needs) {
    return archive_outcome{10, std::string(64, 'a'), 3, std::nullopt,
                           std::move(needs)};
  }
  static worker_outcome checked(std::vector<uint32_t> needs) {
    return verify_outcome{3, 10, std::string(64, 'a'), std::move(needs)};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(content_pieces, pieces_fixture)

BOOST_AUTO_TEST_CASE(a_backup_names_what_it_needs) {
  outcomes = {divided({0}), checked({0})};
  BOOST_REQUIRE(ask<content_archived>(actor, backup_of("w1")));
  BOOST_TEST(heard()
             == "intended, stage pieces, run, run, settle, packed, publish "
                "backup, published, keep index of trail-100.inc.zst, drop, "
                "remove w1.final-backup-100, forget");
  auto expected = std::vector<archive_part>{{"trail-1.tar.zst", 70}};
  BOOST_TEST((publishing.at(0).needs == expected));
  BOOST_TEST(staged.at(0).pieces.value() == "/s/pieces/alice/project");
  BOOST_TEST(staged.at(0).is_final);
}

BOOST_AUTO_TEST_CASE(workers_hear_what_is_known) {
  outcomes = {divided({}), checked({})};
  BOOST_REQUIRE(ask<content_archived>(actor, backup_of("w1")));
  BOOST_REQUIRE_EQUAL(jobs.size(), 2u);
  const auto& packing = std::get<archive_job>(jobs[0].job);
  BOOST_REQUIRE(packing.pieces);
  BOOST_TEST((packing.pieces->objects == std::vector<uint64_t>{70, 7}));
  BOOST_TEST(packing.pieces->settled_before == 5);
  BOOST_TEST(packing.pieces->new_index_fd == -1);
  const auto& checking = std::get<verify_job>(jobs[1].job);
  BOOST_TEST(checking.pieces);
  BOOST_TEST(checking.is_partial);
  BOOST_TEST(checking.index_fd == packing.pieces->index_fd);
  BOOST_TEST(publishing.at(0).needs.empty());
  BOOST_TEST(heard().find("keep index of trail-100.tar.zst")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_an_index_a_tar_is_checked_as_one) {
  pieces = {};
  outcomes = {divided({}), checked({})};
  BOOST_REQUIRE(ask<content_archived>(actor, backup_of("w1")));
  const auto& checking = std::get<verify_job>(jobs.at(1).job);
  BOOST_TEST(checking.pieces);
  BOOST_TEST(!checking.is_partial);
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_whole) {
  outcomes = {archived(), verified()};
  auto what = archive_content{id_of("w1"), archive_purpose::snapshot, ""};
  BOOST_REQUIRE(ask<content_archived>(actor, what));
  BOOST_TEST(!staged.at(0).pieces);
}

BOOST_AUTO_TEST_CASE(a_backup_of_content_that_goes_on_says_so) {
  outcomes = {copied(), divided({}), checked({})};
  auto what = archive_content{id_of("w1"), archive_purpose::backup, ""};
  what.container = "c-w1";
  BOOST_REQUIRE(ask<content_archived>(actor, what));
  BOOST_TEST(!staged.at(0).is_final);
  BOOST_TEST(staged.at(0).is_view);
  BOOST_TEST(std::get<copy_job>(jobs.at(0).job).note_origins);
  BOOST_TEST(std::get<archive_job>(jobs.at(1).job).pieces->is_view);
  // Before it was frozen, what was written to it was put on disk.
  BOOST_TEST(heard().starts_with("intended, settle view, remove"));
}

BOOST_AUTO_TEST_CASE(after_a_failure_a_plain_archive_is_made) {
  outcomes = {divided({0}), make_error(ec::data_loss, "not there"), archived(),
              verified()};
  auto pending = begin(backup_of("w1"));
  advance(archive_pause);
  BOOST_TEST(!!reply_to<content_archived>(pending));
  BOOST_TEST(heard().starts_with("intended, stage pieces, run, run, drop, "
                                 "stage, run, run, settle"));
  BOOST_TEST(publishing.at(0).needs.empty());
  BOOST_TEST(!publishing.at(0).has_pieces);
}

BOOST_AUTO_TEST_CASE(workers_that_disagree_on_needs_are_not_believed) {
  outcomes = {divided({0}), checked({1}), archived(), verified()};
  auto pending = begin(backup_of("w1"));
  advance(archive_pause);
  BOOST_TEST(!!reply_to<content_archived>(pending));
  BOOST_TEST(publishing.at(0).needs.empty());
}

BOOST_AUTO_TEST_CASE(
  a_worker_that_needs_what_it_was_not_given_is_not_believed) {
  outcomes = {divided({2}), checked({2}), archived(), verified()};
  auto pending = begin(backup_of("w1"));
  advance(archive_pause);
  BOOST_TEST(!!reply_to<content_archived>(pending));
  BOOST_TEST(publishing.at(0).needs.empty());
}

BOOST_AUTO_TEST_CASE(a_backup_whose_needs_are_gone_is_made_anew) {
  outcomes = {divided({1}), checked({1})};
  publish_refused = make_error(ec::not_found, "another node was faster");
  auto pending = begin(backup_of("w1"));
  // It is at work on a whole one now.
  publish_refused.reset();
  end_job(archived());
  end_job(verified());
  BOOST_TEST(!!reply_to<content_archived>(pending));
  BOOST_REQUIRE_EQUAL(publishing.size(), 2u);
  BOOST_TEST(publishing[0].needs.size() == 1u);
  BOOST_TEST(publishing[1].needs.empty());
}

BOOST_AUTO_TEST_CASE(a_packed_one_is_checked_as_what_it_is_after_a_crash) {
  outcomes = {divided({1}), checked({1})};
  publish_refused = make_error(ec::unavailable, "down");
  begin(backup_of("w1"));
  publish_refused.reset();
  BOOST_TEST(known() == "w1.final-backup-100 packed");
  restart();
  const auto& checking = std::get<verify_job>(jobs.at(0).job);
  BOOST_TEST(checking.is_partial);
  BOOST_TEST(checking.index_fd == -1);
  BOOST_TEST(checking.archive.sha256 == std::string(64, 'a'));
  end_job(checked({0}));
  BOOST_REQUIRE_EQUAL(publishing.size(), 2u);
  BOOST_TEST(
    (publishing[1].needs == std::vector<archive_part>{{"trail-2.inc.zst", 7}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
