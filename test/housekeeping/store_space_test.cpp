#include "actors/store/store_worker.hpp"
#include "test/actors/store_fixture.hpp"
#include "test/housekeeping/loop_file_system.hpp"
#include "test/support/deterministic_system.hpp"

#include <caf/send.hpp>

namespace berth::test {

namespace {

constexpr auto ballast_size = uint64_t{4} << 20;

struct store_on_small_disk : deterministic_system {
  loop_file_system disk{"ext4", uint64_t{64} << 20};
  std::filesystem::path path = disk.path() / "berth.db";
  std::shared_ptr<ballast> spare;
  store_actor store;

  void open() {
    auto db = database::open(path);
    BOOST_REQUIRE_EQUAL(why_not(db), "");
    store = spawn(store_worker, std::move(*db), spare);
  }

  void close() {
    caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
    settle();
  }

  static put_image big_image(int number) {
    auto out = an_image("image" + std::to_string(number), 1);
    out.image.digest = std::string(size_t{64} << 10, 'd');
    return out;
  }

  /// Stores until the disk is full; how it is refused then.
  caf::error until_refused() {
    for (auto number = 0; number < 1000; ++number) {
      auto stored_one = ask<stored>(store, big_image(number));
      if (!stored_one)
        return stored_one.error();
    }
    return {};
  }

  size_t images() {
    auto all = ask<everything_stored>(store, load_all{});
    BOOST_REQUIRE_EQUAL(why_not(all), "");
    return all->images.size();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(store_on_a_full_disk, store_on_small_disk)

BOOST_AUTO_TEST_CASE(stores_again_as_soon_as_there_is_room) {
  open();
  BOOST_REQUIRE(ask<stored>(store, a_record("a", 1)));
  disk.fill();
  auto refused = until_refused();
  BOOST_TEST((code_of(refused) == ec::exhausted), describe(refused));
  auto kept = images();
  disk.make_room();
  BOOST_TEST(why_not(ask<stored>(store, a_record("a", 2))) == "");
  BOOST_TEST(why_not(ask<durable>(store, make_durable{})) == "");
  // Nothing of what was refused is there, and all of the rest.
  BOOST_TEST(images() == kept);
  close();
  open();
  BOOST_TEST(images() == kept);
  auto all = ask<everything_stored>(store, load_all{});
  BOOST_REQUIRE(all);
  BOOST_TEST(all->records.front()->version == 2u);
}

BOOST_AUTO_TEST_CASE(gives_up_its_ballast_before_it_refuses) {
  spare = std::make_shared<ballast>(disk.path() / "ballast", ballast_size,
                                    std::chrono::seconds{0});
  spare->take_in();
  BOOST_TEST(std::filesystem::file_size(disk.path() / "ballast")
             == ballast_size);
  open();
  disk.fill();
  auto before = images();
  auto refused = until_refused();
  BOOST_TEST((code_of(refused) == ec::exhausted), describe(refused));
  BOOST_TEST(!std::filesystem::exists(disk.path() / "ballast"));
  // What it made room for are many records.
  BOOST_TEST(images() > before + 20);
  disk.make_room();
  BOOST_TEST(why_not(ask<stored>(store, a_record("a", 1))) == "");
  BOOST_REQUIRE(ask<durable>(store, make_durable{}));
  BOOST_TEST(std::filesystem::exists(disk.path() / "ballast"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
