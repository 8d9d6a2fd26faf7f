#include "test/e2e/archives.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <random>
#include <thread>

using namespace berth;
using namespace berth::e2e;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

struct archiving_service : service {
  archiving_service() { import_base(); }

  std::string tree_of(const std::string& id) const {
    return e2e::tree_of(state() / "content" / id);
  }

  /// Some hundred small files and one big one, new with each `seed`.
  void fill(const std::string& id, unsigned seed) {
    auto made
      = exec(id, {"sh", "-c",
                  "cd /workspace && rm -rf t && mkdir -p t/a/b && i=0; while [ "
                  "$i -lt 300 ]; do echo "
                    + std::to_string(seed)
                    + " $i > t/a/f$i; i=$((i+1)); done; head -c 3000000 "
                      "/dev/urandom > t/a/b/big; ln t/a/f1 t/hard; ln -s a/f2 "
                      "t/soft"});
    BOOST_REQUIRE_MESSAGE(made.code == 0, made.text);
  }

  static void no_cgroup_is_frozen() {
    auto found
      = run({"/bin/sh", "-c",
             "cat /sys/fs/cgroup/freezer/berth/*/berth-*/freezer.state "
             "/sys/fs/cgroup/berth/*/berth-*/cgroup.freeze 2>/dev/null "
             "| grep -c -e FROZEN -e FREEZING -e '^1' || true"});
    BOOST_TEST(found.text == "0\n");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(archive_crash, archiving_service)

// What was promised by a URL is kept, whenever the service is killed.
BOOST_AUTO_TEST_CASE(every_snapshot_that_was_named_can_be_restored) {
  auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  auto random = std::mt19937{seed};
  auto pause = std::uniform_int_distribution{0, 1000};
  auto id = running(*this, request(fresh_id()));
  auto named = std::map<std::string, std::string>{}; // URL: tree
  for (unsigned round = 0; round < 20; ++round) {
    fill(id, round);
    auto tree = tree_of(id);
    auto at = std::chrono::milliseconds{pause(random)};
    // The moment of the kill is what this test varies; nothing waits for it.
    auto killer = std::thread{[this, at] {
      std::this_thread::sleep_for(at);
      crash();
    }};
    if (auto url = snapshot(*this, id, true))
      named[*url] = tree;
    killer.join();
    begin();
    BOOST_REQUIRE(describe(id)->phase() == wsman::RUNNING);
  }
  BOOST_TEST_MESSAGE(named.size() << " of 20 were named");
  BOOST_TEST(!named.empty());
  await_archives(*this);
  no_cgroup_is_frozen();
  for (const auto& [url, tree] : named) {
    auto again = running(*this, restored(url));
    BOOST_TEST(tree_of(again) == tree, url);
    BOOST_REQUIRE(stop(again, wsman::ABORT).ok());
  }
  await_archives(*this);
}

BOOST_AUTO_TEST_CASE(a_final_backup_is_made_whenever_the_service_is_killed) {
  auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  auto random = std::mt19937{seed};
  auto pause = std::uniform_int_distribution{0, 250};
  auto meta = "meta-" + fresh_id();
  auto tree = std::string{};
  for (unsigned round = 0; round < 10; ++round) {
    auto what = request(fresh_id());
    what.mutable_metadata()->set_meta_id(meta);
    auto id = running(*this, what);
    if (!tree.empty())
      BOOST_TEST(tree_of(id) == tree, "round " << round);
    fill(id, round);
    tree = tree_of(id);
    BOOST_REQUIRE(stop(id).ok());
    for (int kills = 0; kills < 2; ++kills) {
      std::this_thread::sleep_for(std::chrono::milliseconds{pause(random)});
      crash();
      begin();
    }
    auto stopped = await(id, wsman::STOPPED);
    BOOST_TEST(stopped.conditions().final_backup_complete() == wsman::TRUE);
    BOOST_TEST(!fs::exists(state() / "content" / id));
  }
  await_archives(*this);
}

BOOST_AUTO_TEST_SUITE_END()
