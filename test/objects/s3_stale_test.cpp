#include "core/objects/s3_storage.hpp"
#include "test/objects/faulty_store.hpp"

#include <filesystem>

/// A store that shows what was, for a moment or for good.
namespace berth::test {

namespace {

struct forgetful_store : faulty_store {
  forgetful_store() {
    BOOST_REQUIRE(world.back_up("before"));
    old_list = world.raw("full.tar.zst.json");
    BOOST_REQUIRE(world.back_up("after"));
  }

  /// `times` questions for the list are answered like this.
  void show(const fault& how, int times) {
    spoil(how, times, [](const auto& head) {
      return head.starts_with("GET ") && is_of_list(head);
    });
  }

  /// One that does not wait long for the store to come to its senses.
  void hurry() {
    auto store = world.direct;
    store.endpoint = "http://127.0.0.1:" + std::to_string(proxy.port());
    store.limits.reading = store.limits.writing = 1s;
    world.storage
      = make_s3_storage(store, world.root / "staging", world.root / "marks", 2);
  }

  std::string old_list;
};

const auto no_list = reply("404 Not Found", error_body("NoSuchKey"));

} // namespace

BOOST_FIXTURE_TEST_SUITE(s3_stale, forgetful_store)

BOOST_AUTO_TEST_CASE(an_outdated_list_is_asked_for_again) {
  for (const auto& stale : {reply("200 OK", old_list), no_list}) {
    show(stale, 2);
    BOOST_TEST(world.read(world.storage->open_backup(mine)) == "after");
    show(stale, 2);
    BOOST_TEST(world.storage->generations(mine)->size() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_went_back_is_not_believed) {
  for (const auto& stale : {reply("200 OK", old_list), no_list}) {
    hurry();
    show(stale, always);
    auto opened = world.storage->open_backup(mine);
    BOOST_REQUIRE(!opened);
    BOOST_TEST((code_of(opened.error()) == ec::data_loss));
    auto outcome = world.back_up("on top of what is gone");
    BOOST_REQUIRE(!outcome);
    BOOST_TEST((code_of(outcome.error()) == ec::data_loss));
    heal();
    auto other = s3_world{world.direct};
    BOOST_TEST(other.read(other.storage->open_backup(mine)) == "after");
  }
}

BOOST_AUTO_TEST_CASE(what_another_node_stored_is_remembered_too) {
  {
    auto elsewhere = s3_world{world.direct};
    elsewhere.clock = 2'000; // names of backups have their times
    BOOST_REQUIRE(elsewhere.back_up("theirs"));
  }
  BOOST_TEST(world.read(world.storage->open_backup(mine)) == "theirs");
  hurry();
  show(reply("200 OK", old_list), always);
  BOOST_TEST(!world.storage->open_backup(mine));
  // Who means it forgets what was.
  std::filesystem::remove_all(world.root / "marks");
  BOOST_TEST(world.storage->generations(mine)->size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
