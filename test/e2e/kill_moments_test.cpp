#include "test/e2e/archives.hpp"
#include "test/e2e/content_daemon.hpp"

#include <cstdlib>
#include <map>
#include <random>

using namespace berth;
using namespace berth::e2e;
using namespace std::chrono_literals;

namespace {

/// How often berthd is killed: as often as somebody says, or a few times, or
/// many where the time is there.
unsigned kills() {
  if (auto* text = std::getenv("BERTH_ROUNDS"))
    return static_cast<unsigned>(std::atoi(text));
  return std::getenv("BERTH_SLOW") ? 100 : 4;
}

struct killed_daemon : content_daemon {
  unsigned seed = std::random_device{}();
  std::mt19937 random{seed};
  std::map<std::string, std::string> named; ///< tree of each snapshot's URL
  std::string tree;                         ///< as it is now, or was last

  /// Kills berthd at some moment while it answers, if `kill`.
  template <class Call>
  auto during(bool kill, Call call) {
    if (!kill)
      return call();
    auto at = std::chrono::milliseconds{random() % 300};
    // The moment of the kill is what this test varies; nothing waits for it.
    auto killer = std::jthread{[this, at] {
      std::this_thread::sleep_for(at);
      crash();
    }};
    auto outcome = call();
    killer.join();
    begin();
    return outcome;
  }

  void make(const std::string& id, const std::string& meta, bool kill) {
    auto made = during(kill, [&] { return init_git(id, meta); });
    if (!made.ok())
      made = init_git(id, meta);
    // It was ready, and only the answer was lost.
    if (made.error_code() == grpc::StatusCode::ALREADY_EXISTS)
      made = wait(id);
    BOOST_REQUIRE_MESSAGE(made.ok(), made.error_message());
    if (!tree.empty())
      BOOST_TEST(tree_of(place(id)) == tree);
  }

  void change(const std::string& id, unsigned round) {
    for (int i = 0; i < 100; ++i)
      write(id, "file" + std::to_string(i),
            std::to_string(round) + " " + std::to_string(i));
    auto noise = std::string(size_t{2} << 20, '\0');
    for (auto& c : noise)
      c = static_cast<char>(random());
    write(id, "noise", noise);
    tree = tree_of(place(id));
  }

  void snapshot(const std::string& id, bool at_once, bool kill) {
    auto request = wsdaemon::TakeSnapshotRequest{};
    request.set_id(id);
    request.set_return_immediately(at_once);
    auto response = wsdaemon::TakeSnapshotResponse{};
    auto taken = during(kill, [&] {
      return call(&daemon_stub::TakeSnapshot, request, response);
    });
    BOOST_TEST((taken.ok() || kill), taken.error_message());
    if (taken.ok())
      named[response.url()] = tree;
  }

  void back_up(const std::string& id, bool kill) {
    auto request = wsdaemon::BackupWorkspaceRequest{};
    request.set_id(id);
    auto response = wsdaemon::BackupWorkspaceResponse{};
    auto made = during(kill, [&] {
      return call(&daemon_stub::BackupWorkspace, request, response);
    });
    BOOST_TEST((made.ok() || kill), made.error_message());
  }

  void end(const std::string& id, bool kill) {
    auto ended = during(kill, [&] { return dispose(id, true); });
    if (!ended.ok())
      ended = dispose(id, true);
    BOOST_TEST(
      (ended.ok() || ended.error_code() == grpc::StatusCode::NOT_FOUND),
      ended.error_message());
    BOOST_TEST(!std::filesystem::exists(place(id)));
  }

  void must_be_untouched(const std::string& id) {
    BOOST_TEST(wait(id).ok());
    BOOST_TEST(tree_of(place(id)) == tree);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(kill_moments, killed_daemon)

// A content is filled, saved in every way and disposed of, again and again, and
// in each round berthd is killed during another one of these.
BOOST_AUTO_TEST_CASE(no_content_is_lost_whenever_the_service_is_killed) {
  BOOST_TEST_MESSAGE("seed " << seed);
  auto meta = "meta-" + fresh_id();
  for (unsigned round = 0; round < kills(); ++round)
    BOOST_TEST_CONTEXT("round " << round) {
      auto victim = round % 4;
      auto id = fresh_id();
      make(id, meta, victim == 0);
      change(id, round);
      snapshot(id, round % 8 < 4, victim == 1);
      must_be_untouched(id);
      back_up(id, victim == 2);
      must_be_untouched(id);
      end(id, victim == 3);
    }
  await_archives(*this);
  BOOST_TEST_MESSAGE(named.size() << " snapshots were named");
  for (const auto& [url, content] : named) {
    auto request = request_of(fresh_id(), "meta-" + fresh_id());
    request.mutable_initializer()->mutable_snapshot()->set_snapshot(url);
    auto made = init(request);
    BOOST_REQUIRE_MESSAGE(made.ok(), made.error_message());
    BOOST_TEST(tree_of(place(request.id())) == content, url);
    BOOST_TEST(dispose(request.id(), false).ok());
  }
  BOOST_TEST(quarantine_is_empty());
  BOOST_TEST(std::filesystem::is_empty(state() / "content"));
}

BOOST_AUTO_TEST_SUITE_END()
