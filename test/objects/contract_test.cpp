#include "test/objects/storage_world.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <tuple>

/// What every object storage must do, asked of each.
namespace berth::test {

using worlds = std::tuple<file_world, s3_world>;

namespace {

template <class T>
ec refusal(const result<T>& outcome) {
  return outcome ? ec::none : code_of(outcome.error());
}

/// More than what goes in one piece, and of no repeating kind.
std::string big_text() {
  auto text = std::string{};
  for (auto i = 0; text.size() < 450'000; ++i)
    text += std::to_string(i) + ",";
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(object_storage_contract)

BOOST_AUTO_TEST_CASE_TEMPLATE(answers, world, worlds) {
  auto w = world{};
  BOOST_TEST(!!w.back_up("one"));
  BOOST_TEST(!!w.storage->probe());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(has_no_backup_at_first, world, worlds) {
  auto w = world{};
  BOOST_TEST((refusal(w.storage->open_backup(mine)) == ec::not_found));
  auto kept = w.storage->generations(mine);
  BOOST_REQUIRE(kept);
  BOOST_TEST(kept->empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(shows_a_backup_only_when_published, world,
                              worlds) {
  auto w = world{};
  auto object = w.staged("one");
  BOOST_TEST(!w.storage->open_backup(mine));
  auto name = w.storage->publish_backup(mine, object, w.described("one"));
  BOOST_REQUIRE(name);
  BOOST_TEST(w.read(w.storage->open_backup(mine)) == "one");
  BOOST_TEST(w.read(w.storage->open(*name)) == "one");
  BOOST_TEST(!std::filesystem::exists(object.path));
  auto parsed = w.storage->scheme().parse(w.storage->scheme().qualified(*name));
  BOOST_REQUIRE(parsed);
  BOOST_TEST((*parsed == *name));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(gives_back_what_needs_many_parts, world, worlds) {
  auto w = world{};
  auto text = big_text();
  BOOST_REQUIRE(w.back_up(text));
  auto opened = w.storage->open_backup(mine);
  BOOST_REQUIRE(opened);
  BOOST_TEST(opened->info.bytes == text.size());
  BOOST_TEST((w.read(opened) == text));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(gives_back_what_is_empty, world, worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up(""));
  BOOST_TEST(w.read(w.storage->open_backup(mine)) == "");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(keeps_as_many_generations_as_told_and_no_more,
                              world, worlds) {
  auto w = world{};
  for (auto* text : {"one", "two", "three", "four"})
    BOOST_REQUIRE(w.back_up(text));
  auto kept = w.storage->generations(mine);
  BOOST_REQUIRE(kept);
  BOOST_REQUIRE_EQUAL(kept->size(), 3u);
  BOOST_TEST(kept->front().generation == 4u);
  BOOST_TEST(w.read(w.storage->open_backup(mine)) == "four");
  BOOST_TEST(w.read(w.storage->open({mine, kept->back().file})) == "two");
  BOOST_TEST(w.count("trail-") == 3u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(shows_the_newest_under_the_name_others_read,
                              world, worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("one"));
  BOOST_REQUIRE(w.back_up("two"));
  BOOST_TEST(w.raw("full.tar.zst") == "two");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(refuses_an_archive_of_another_length, world,
                              worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("good"));
  auto object = w.staged("short");
  auto outcome
    = w.storage->publish_backup(mine, object, w.described("much longer"));
  BOOST_TEST((refusal(outcome) == ec::data_loss));
  BOOST_TEST(w.read(w.storage->open_backup(mine)) == "good");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(notices_a_backup_that_was_cut, world, worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("whole"));
  auto kept = w.storage->generations(mine);
  w.write(kept->front().file, "wh");
  BOOST_TEST((refusal(w.storage->open_backup(mine)) == ec::data_loss));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(refuses_a_damaged_list_rather_than_start_anew,
                              world, worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("whole"));
  w.write("full.tar.zst.json",
          "{\"generations\": [{\"object\": \"../../x\"}]}");
  BOOST_TEST((refusal(w.storage->open_backup(mine)) == ec::data_loss));
  BOOST_TEST((refusal(w.back_up("new")) == ec::data_loss));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reads_a_backup_of_others_and_keeps_it, world,
                              worlds) {
  for (auto* file : {"full.tar", "full.tar.gz", "full.tar.zst"}) {
    auto w = world{};
    w.write(file, "theirs");
    auto opened = w.storage->open_backup(mine);
    BOOST_TEST(w.read(opened) == "theirs");
    BOOST_TEST(opened->info.sha256 == "");
    BOOST_REQUIRE(w.back_up("ours"));
    BOOST_TEST(w.read(w.storage->open_backup(mine)) == "ours");
    auto kept = w.storage->generations(mine);
    BOOST_REQUIRE_EQUAL(kept->size(), 2u);
    BOOST_TEST(w.read(w.storage->open({mine, kept->back().file})) == "theirs");
    BOOST_TEST(w.raw("full.tar") == "");
    BOOST_TEST(w.raw("full.tar.zst") == "ours");
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_crash_before_the_list_changes_nothing, world,
                              worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("one"));
  w.write(trail_file(99), "moved, never listed");
  BOOST_TEST(w.read(w.storage->open_backup(mine)) == "one");
  BOOST_REQUIRE(w.back_up("two"));
  BOOST_TEST(w.count("trail-") == 2u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(snapshots_have_names_of_their_own_and_stay, world,
                              worlds) {
  auto w = world{};
  auto name = w.snapshot("first");
  BOOST_REQUIRE(name);
  BOOST_REQUIRE(w.snapshot("second"));
  auto opened = w.storage->open(*name);
  BOOST_TEST(w.read(opened) == "first");
  BOOST_TEST(opened->info.sha256.size() == 64u);
  BOOST_TEST(!w.storage->open_backup(mine));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_that_is_not_there_is_not_found, world,
                              worlds) {
  auto w = world{};
  auto opened = w.storage->open({mine, snapshot_file(5)});
  BOOST_TEST((refusal(opened) == ec::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reads_a_snapshot_of_others, world, worlds) {
  auto w = world{};
  w.write("snapshot-7.tar", "theirs");
  BOOST_TEST(w.read(w.storage->open({mine, "snapshot-7.tar"})) == "theirs");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_log_takes_the_place_of_an_earlier_one, world,
                              worlds) {
  auto w = world{};
  for (auto* text : {"old", "new"}) {
    auto log = w.staged(text);
    BOOST_REQUIRE(!!w.storage->publish_log(mine, "w1", "0", log));
    BOOST_TEST(!std::filesystem::exists(log.path));
    BOOST_TEST(w.raw("instances/w1/logs/0") == text);
  }
  auto log = w.staged("x");
  BOOST_TEST((refusal(w.storage->publish_log(mine, "../w1", "0", log))
              == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(takes_no_owner_that_could_be_a_path, world,
                              worlds) {
  auto w = world{};
  auto object = w.staged("x");
  auto outcome
    = w.storage->publish_backup({"..", "m"}, object, w.described("x"));
  BOOST_TEST((refusal(outcome) == ec::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
