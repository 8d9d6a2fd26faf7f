#include "actors/disk/disk_guard.hpp"
#include "test/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>

namespace berth::test {

namespace {

constexpr auto guard_mib = uint64_t{1} << 20;

struct guard_fixture : deterministic_system {
  guard_fixture() {
    auto all = std::make_shared<settings>();
    all->content.min_free_bytes = 100 * guard_mib;
    all->content.min_free_inodes = 1000;
    deps.settings = all;
    deps.gauge = [this] {
      auto gauge = sys.spawn([this]() -> disk_gauge_actor::behavior_type {
        return {[this](measure_disk) { return room; }};
      });
      adopt(gauge);
      return gauge;
    };
    deps.cache = spawn([this]() -> git_cache_actor::behavior_type {
      return {
        [](const hold_mirrors&) { return held_mirrors{}; },
        [](const give_back_mirrors&) {},
        [](const refresh_mirrors&) {},
        [this](const trim_mirrors& what) {
          BOOST_TEST(what.all);
          ++trims;
          room.bytes += in_mirrors;
          return done{};
        },
        [](mirrors_look) {},
      };
    });
    guard = spawn(disk_guard, deps);
  }

  ec admission() {
    auto admitted = ask<done>(guard, admit_content{});
    return admitted ? ec::none : code_of(admitted.error());
  }

  disk_room room{200 * guard_mib, 5000, true};
  uint64_t in_mirrors = 0;
  int trims = 0;
  disk_guard_deps deps;
  disk_guard_actor guard;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(disk_guard_admits, guard_fixture)

BOOST_AUTO_TEST_CASE(whatever_there_is_room_for) {
  BOOST_TEST((admission() == ec::none));
  BOOST_TEST(trims == 0);
  BOOST_TEST(deps.gauges->shortage() == "");
}

BOOST_AUTO_TEST_CASE(nothing_with_too_few_bytes_left) {
  room.bytes = 99 * guard_mib;
  auto refused = ask<done>(guard, admit_content{});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == ec::exhausted));
  BOOST_TEST(describe(refused.error())
             == "the node's disk is nearly full: 99 MiB are left, "
                "content.min_free_space is 100 MiB");
  BOOST_TEST(deps.gauges->shortage() != "");
}

BOOST_AUTO_TEST_CASE(nothing_with_too_few_files_left) {
  room.files = 999;
  BOOST_TEST((admission() == ec::exhausted));
  room.counts_files = false;
  BOOST_TEST((admission() == ec::none));
}

BOOST_AUTO_TEST_CASE(what_fits_once_the_caches_are_trimmed) {
  room.bytes = 50 * guard_mib;
  in_mirrors = 60 * guard_mib;
  BOOST_TEST((admission() == ec::none));
  BOOST_TEST(trims == 1);
}

BOOST_AUTO_TEST_CASE(again_when_there_is_room_again) {
  room.bytes = 0;
  BOOST_TEST((admission() == ec::exhausted));
  room.bytes = 300 * guard_mib;
  BOOST_TEST((admission() == ec::none));
  BOOST_TEST(deps.gauges->shortage() == "");
}

BOOST_AUTO_TEST_CASE(and_looks_by_itself) {
  room.bytes = 0;
  advance(std::chrono::seconds{20});
  BOOST_TEST(deps.gauges->shortage() != "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
