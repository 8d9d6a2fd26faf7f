#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <random>
#include <thread>

using namespace berth;
using namespace berth::e2e;
using namespace std::chrono_literals;

namespace {

/// Pid and start time of a container's init, as the service keeps them.
std::string init_of(const service& node, const std::string& id) {
  auto text = std::string{};
  std::getline(std::ifstream{node.run_dir() / "ws" / id / "container"}, text);
  return text;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(crash, furnished_service)

BOOST_AUTO_TEST_CASE(running_workspaces_are_untouched) {
  auto id = fresh_id();
  BOOST_REQUIRE(start(request(id)).ok());
  auto before = await(id, wsman::RUNNING);
  BOOST_REQUIRE(before.phase() == wsman::RUNNING);
  exec(id, {"sh", "-c", "echo kept > /workspace/file; echo x > /tmp/live"});
  auto init = init_of(*this, id);
  BOOST_REQUIRE(!init.empty());
  for (int round = 0; round < 3; ++round) {
    crash();
    begin();
    auto after = describe(id);
    BOOST_REQUIRE(after);
    BOOST_TEST(after->phase() == wsman::RUNNING);
    BOOST_TEST(after->status_version() >= before.status_version());
    BOOST_TEST(after->auth().owner_token() == before.auth().owner_token());
    BOOST_TEST(init_of(*this, id) == init);
    BOOST_TEST(exec(id, {"cat", "/tmp/live"}).text == "x\n");
  }
  BOOST_REQUIRE(stop(id).ok());
  auto stopped = await(id, wsman::STOPPED);
  BOOST_TEST(stopped.conditions().final_backup_complete() == wsman::TRUE);
}

BOOST_AUTO_TEST_CASE(a_clean_restart_leaves_them_running_too) {
  auto id = fresh_id();
  BOOST_REQUIRE(start(request(id)).ok());
  await(id, wsman::RUNNING);
  auto init = init_of(*this, id);
  BOOST_TEST(end() == 0);
  begin();
  BOOST_TEST(describe(id)->phase() == wsman::RUNNING);
  BOOST_TEST(init_of(*this, id) == init);
}

// Starts and stops go on while the service is killed at random moments. What
// was acknowledged must be there afterwards, and come to a good end.
BOOST_AUTO_TEST_CASE(kills_at_random_moments_lose_nothing) {
  auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  auto random = std::mt19937{seed};
  auto pause = std::uniform_int_distribution{0, 120};
  auto acknowledged = std::vector<std::string>{};
  auto stopped = std::set<std::string>{};
  for (int round = 0; round < 50; ++round) {
    auto id = fresh_id();
    if (start(request(id)).ok())
      acknowledged.push_back(id);
    if (round % 2 && !acknowledged.empty()) {
      auto victim = acknowledged[random() % acknowledged.size()];
      if (stop(victim).ok())
        stopped.insert(victim);
    }
    // The moment of the kill is what this test varies; nothing waits for it.
    std::this_thread::sleep_for(std::chrono::milliseconds{pause(random)});
    crash();
    begin();
    auto seen = std::set<std::string>{};
    for (const auto& status : list())
      seen.insert(status.id());
    for (const auto& it : acknowledged)
      BOOST_TEST(seen.contains(it), it << " was acknowledged and is gone");
  }
  for (const auto& id : acknowledged) {
    auto status
      = await(id, stopped.contains(id) ? wsman::STOPPED : wsman::RUNNING);
    if (!status.conditions().failed().empty())
      BOOST_ERROR(id << ": " << status.conditions().failed() << "\n"
                     << log_text());
    if (stopped.contains(id))
      BOOST_TEST((status.phase() == wsman::STOPPED));
    else
      BOOST_TEST((status.phase() == wsman::RUNNING));
  }
}

BOOST_AUTO_TEST_SUITE_END()
