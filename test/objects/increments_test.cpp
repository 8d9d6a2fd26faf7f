#include "test/objects/storage_world.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

/// What every object storage must do with backups that need earlier ones.
namespace berth::test {

using increment_worlds = std::tuple<file_world, s3_world>;

namespace {

ec code_of_outcome(const auto& outcome) {
  return outcome ? ec::none : code_of(outcome.error());
}

/// A backup that needs `needs` to be whole.
result<object_name> back_up_with(storage_world& w, const std::string& bytes,
                                 std::vector<archive_part> needs) {
  auto object = w.staged(bytes);
  auto info = w.described(bytes);
  info.needs = std::move(needs);
  return w.storage->publish_backup(mine, object, info);
}

/// The newest backup as one that others need.
archive_part newest_of(const storage_world& w) {
  auto kept = w.storage->generations(mine);
  BOOST_REQUIRE(kept);
  return {kept->front().file, kept->front().bytes};
}

std::string bytes_of_part(opened_object& from, size_t which) {
  auto part = opened_object{std::move(from.parts.at(which)), {}};
  return storage_world::read(result<opened_object>{std::move(part)});
}

} // namespace

BOOST_AUTO_TEST_SUITE(object_storage_increments)

BOOST_AUTO_TEST_CASE_TEMPLATE(opens_a_backup_with_what_it_needs, world,
                              increment_worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  auto base = newest_of(w);
  BOOST_REQUIRE(back_up_with(w, "more", {base}));
  auto more = newest_of(w);
  BOOST_TEST(more.file.ends_with(".inc.zst"));
  BOOST_REQUIRE(back_up_with(w, "most", {base, more}));
  auto opened = w.storage->open_backup(mine);
  BOOST_REQUIRE(opened);
  BOOST_REQUIRE_EQUAL(opened->parts.size(), 2u);
  BOOST_TEST(bytes_of_part(*opened, 0) == "base");
  BOOST_TEST(bytes_of_part(*opened, 1) == "more");
  BOOST_TEST(opened->info.needs.size() == 2u);
  BOOST_TEST(w.read(opened) == "most");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(keeps_what_a_kept_backup_needs, world,
                              increment_worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  auto base = newest_of(w);
  for (auto* text : {"two", "three", "four", "five"})
    BOOST_REQUIRE(back_up_with(w, text, {base}));
  // Three generations, and the base.
  BOOST_TEST(w.count("trail-") == 4u);
  auto opened = w.storage->open_backup(mine);
  BOOST_REQUIRE(opened);
  BOOST_TEST(bytes_of_part(*opened, 0) == "base");
  auto kept = w.storage->generations(mine);
  BOOST_REQUIRE(kept);
  BOOST_TEST(kept->size() == 3u);
  auto oldest = w.storage->open({mine, kept->back().file});
  BOOST_REQUIRE(oldest);
  BOOST_TEST(bytes_of_part(*oldest, 0) == "base");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(removes_what_nobody_needs_any_more, world,
                              increment_worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  auto base = newest_of(w);
  BOOST_REQUIRE(back_up_with(w, "increment", {base}));
  for (auto* text : {"whole", "again", "and again"})
    BOOST_REQUIRE(w.back_up(text));
  BOOST_TEST(w.count("trail-") == 3u);
  BOOST_TEST(w.raw(base.file) == "");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(refuses_a_backup_that_needs_what_is_not_kept,
                              world, increment_worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  auto base = newest_of(w);
  // Another node made these, and the base is outdated.
  for (auto* text : {"two", "three", "four"})
    BOOST_REQUIRE(w.back_up(text));
  BOOST_TEST(
    (code_of_outcome(back_up_with(w, "late", {base})) == ec::not_found));
  BOOST_TEST(w.read(w.storage->open_backup(mine)) == "four");
  // Nor may it be there by chance, and about to go.
  w.write(trail_file(1), "left by a crash");
  BOOST_TEST((code_of_outcome(back_up_with(w, "late", {{trail_file(1), 15}}))
              == ec::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(notices_that_what_a_backup_needs_is_not_whole,
                              world, increment_worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  auto base = newest_of(w);
  BOOST_REQUIRE(back_up_with(w, "more", {base}));
  w.write(base.file, "ba");
  BOOST_TEST((code_of_outcome(w.storage->open_backup(mine)) == ec::data_loss));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(refuses_a_backup_that_needs_what_is_lost, world,
                              increment_worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  auto base = newest_of(w);
  BOOST_REQUIRE(back_up_with(w, "more", {base}));
  auto more = newest_of(w);
  w.write(base.file, "ba");
  BOOST_TEST(
    (code_of_outcome(back_up_with(w, "most", {base, more})) == ec::not_found));
  w.remove(base.file);
  BOOST_TEST(
    (code_of_outcome(back_up_with(w, "most", {base, more})) == ec::not_found));
  BOOST_REQUIRE(w.back_up("whole"));
  BOOST_TEST(w.read(w.storage->open_backup(mine)) == "whole");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(shows_others_only_what_they_can_read, world,
                              increment_worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  BOOST_TEST(w.raw("full.tar.zst") == "base");
  BOOST_REQUIRE(back_up_with(w, "more", {newest_of(w)}));
  BOOST_TEST(w.raw("full.tar.zst") == "");
  BOOST_REQUIRE(w.back_up("whole"));
  BOOST_TEST(w.raw("full.tar.zst") == "whole");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_list_whose_needs_lead_elsewhere_is_damaged,
                              world, increment_worlds) {
  auto digest = std::string(64, 'a');
  auto list = [&](const std::string& object, const std::string& need) {
    return R"({"generations":[{"object":")" + object
           + R"(","length":4,"sha256":")" + digest
           + R"(","entries":1,"created":5,"generation":1,"needs":[{"object":")"
           + need + R"(","length":4}]}]})";
  };
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  for (const auto& text :
       {list("trail-5.inc.zst", "../../bob/workspaces/x/trail-1.tar.zst"),
        list("trail-5.inc.zst", "snapshot-1.tar.zst"),
        list("trail-5.tar.zst", "trail-1.tar.zst")}) {
    w.write("full.tar.zst.json", text);
    BOOST_TEST(
      (code_of_outcome(w.storage->open_backup(mine)) == ec::data_loss));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_backup_that_is_gone_is_not_none, world,
                              increment_worlds) {
  auto w = world{};
  BOOST_REQUIRE(w.back_up("base"));
  w.remove(newest_of(w).file);
  BOOST_TEST((code_of_outcome(w.storage->open_backup(mine)) == ec::data_loss));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
