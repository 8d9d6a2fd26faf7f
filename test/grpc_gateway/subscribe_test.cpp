#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include <future>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

/// One open subscription.
struct subscription {
  explicit subscription(std::unique_ptr<wsman::WorkspaceManager::Stub> from,
                        const wsman::SubscribeRequest& request = {})
    : stub(std::move(from)) {
    ctx.set_deadline(std::chrono::system_clock::now() + 60s);
    reader = stub->Subscribe(&ctx, request);
    reader->WaitForInitialMetadata();
  }

  ~subscription() {
    ctx.TryCancel();
    while (next())
      ;
    if (!finished)
      reader->Finish();
  }

  /// The next status, nothing at the end.
  std::optional<wsman::WorkspaceStatus> next() {
    auto response = wsman::SubscribeResponse{};
    if (!reader->Read(&response))
      return std::nullopt;
    BOOST_TEST(response.has_status());
    return response.status();
  }

  grpc::Status end() {
    finished = true;
    return reader->Finish();
  }

  std::unique_ptr<wsman::WorkspaceManager::Stub> stub;
  grpc::ClientContext ctx;
  std::unique_ptr<grpc::ClientReader<wsman::SubscribeResponse>> reader;
  bool finished = false;
};

struct subscribed_gateway : gateway_fixture {
  subscribed_gateway() { start(); }

  /// A record of `bytes` bytes or so.
  static workspace_record version(uint64_t number, phase phase,
                                  size_t bytes = 0) {
    auto record = sample_record();
    record.version = number;
    record.phase = phase;
    record.message = std::to_string(number) + std::string(bytes, '.');
    return record;
  }

  /// Waits until the bus has seen to everything sent to it before.
  void settle_bus() {
    struct probe : status_listener {
      std::promise<void> heard;
      bool offer(const record_ptr&) override {
        heard.set_value();
        return false;
      }
    };
    auto listener = std::make_shared<probe>();
    auto marker = sample_record("marker");
    marker.spec.owner = "nobody-else";
    tell(marker);
    caf::anon_send(bus, subscribe{{"nobody-else", "", {}}, listener});
    listener->heard.get_future().wait();
  }
};

wsman::SubscribeRequest only_owner(const std::string& owner) {
  auto request = wsman::SubscribeRequest{};
  request.mutable_must_match()->set_owner(owner);
  return request;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(subscribe_test, subscribed_gateway)

BOOST_AUTO_TEST_CASE(tells_what_is_there_and_then_what_changes) {
  tell(version(1, phase::creating));
  auto client = subscription{manager_stub(), only_owner("owner-1")};
  BOOST_TEST(client.next()->status_version() == 1);
  tell(version(2, phase::running));
  auto status = client.next();
  BOOST_TEST(status->status_version() == 2);
  BOOST_TEST(status->phase() == wsman::RUNNING);
  BOOST_TEST(status->has_auth());
}

BOOST_AUTO_TEST_CASE(who_leaves_makes_room_though_nothing_changes) {
  constexpr auto more_than_the_limit = 1100;
  for (auto i = 0; i < more_than_the_limit; ++i) {
    auto client = subscription{manager_stub()};
    client.ctx.TryCancel();
    while (client.next())
      ;
    BOOST_REQUIRE(client.end().error_code() == grpc::StatusCode::CANCELLED);
  }
}

BOOST_AUTO_TEST_CASE(only_tells_what_the_filter_matches) {
  auto request = only_owner("owner-1");
  (*request.mutable_must_match()->mutable_annotations())["key1"] = "1";
  auto client = subscription{manager_stub(), request};
  auto foreign = sample_record("foreign");
  foreign.spec.owner = "somebody";
  auto other = sample_record("other");
  other.spec.annotations["key1"] = "x";
  tell(foreign);
  tell(other);
  tell(sample_record("mine"));
  BOOST_TEST(client.next()->id() == "mine");
}

BOOST_AUTO_TEST_CASE(leaves_out_what_differs_in_its_version_only) {
  auto client = subscription{manager_stub(), only_owner("owner-1")};
  auto record = sample_record();
  record.version = 1;
  tell(record);
  BOOST_TEST(client.next()->status_version() == 1);
  for (auto v : {2, 3}) {
    record.version = v;
    tell(record);
  }
  record.message = "new";
  record.version = 4;
  tell(record);
  BOOST_TEST(client.next()->status_version() == 4);
}

BOOST_AUTO_TEST_CASE(a_slow_client_gets_what_is_queued_and_then_an_error) {
  auto client = subscription{manager_stub(), only_owner("owner-1")};
  constexpr auto changes = 900u;
  for (auto i = 1u; i <= changes; ++i)
    tell(version(i, i % 2 ? phase::running : phase::interrupted, 32 << 10));
  settle_bus();
  auto heard = uint64_t{0};
  while (auto status = client.next()) {
    // Every change of phase is told, in order.
    BOOST_REQUIRE(status->status_version() == heard + 1);
    heard = status->status_version();
  }
  BOOST_TEST(heard >= 250u);
  BOOST_TEST(heard < changes);
  BOOST_TEST(client.end().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
}

BOOST_AUTO_TEST_CASE(who_was_dropped_comes_back_without_a_gap) {
  auto last = uint64_t{0};
  {
    auto slow = subscription{manager_stub(), only_owner("owner-1")};
    for (auto i = 1u; i <= 900; ++i)
      tell(version(i, i % 2 ? phase::running : phase::interrupted, 32 << 10));
    settle_bus();
    while (auto status = slow.next())
      last = status->status_version();
    BOOST_TEST(slow.end().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  auto dropped = exposition{};
  calls->write(dropped);
  BOOST_TEST(dropped.text().ends_with("\nberth_subscribers_dropped_total 1\n"));
  auto again = subscription{manager_stub(), only_owner("owner-1")};
  tell(version(901, phase::stopping));
  tell(version(902, phase::stopped));
  BOOST_TEST(again.next()->status_version() == 900u);
  BOOST_TEST(last < 900u);
  BOOST_TEST(again.next()->status_version() == 901u);
  BOOST_TEST(again.next()->status_version() == 902u);
}

// One who reads nothing holds up nobody else.
BOOST_AUTO_TEST_CASE(others_hear_every_phase_while_one_does_not_read) {
  auto stuck = subscription{manager_stub(), only_owner("owner-1")};
  auto reading = subscription{manager_stub(), only_owner("owner-1")};
  for (auto i = 1u; i <= 2000; ++i) {
    tell(version(i, i % 2 ? phase::running : phase::interrupted, 8 << 10));
    auto status = reading.next();
    BOOST_REQUIRE(status);
    BOOST_REQUIRE(status->status_version() == i);
  }
}

BOOST_AUTO_TEST_CASE(a_slow_client_misses_nothing_but_what_is_outdated) {
  auto client = subscription{manager_stub(), only_owner("owner-1")};
  for (auto i = 1u; i <= 900; ++i)
    tell(version(i, phase::running, 32 << 10));
  tell(version(901, phase::stopping));
  settle_bus();
  // The last state of a phase is outdated, too, once the next one is entered.
  auto last = uint64_t{0};
  for (auto status = client.next(); status; status = client.next()) {
    BOOST_REQUIRE(status->status_version() > last);
    last = status->status_version();
    if (status->phase() == wsman::STOPPING)
      break;
  }
  BOOST_TEST(last == 901u);
}

BOOST_AUTO_TEST_CASE(a_newcomer_is_told_of_thousands_without_falling_behind) {
  constexpr auto all = 3000;
  for (auto i = 0; i < all; ++i)
    tell(sample_record("w" + std::to_string(i)));
  settle_bus();
  auto client = subscription{manager_stub(), only_owner("owner-1")};
  for (auto i = 0; i < all; ++i)
    BOOST_REQUIRE(client.next());
}

BOOST_AUTO_TEST_CASE(a_drain_ends_all_streams) {
  auto client = subscription{manager_stub()};
  auto ended = std::async(std::launch::async, [&] {
    while (client.next())
      ;
    return client.end();
  });
  auto begin = std::chrono::steady_clock::now();
  server->stop(30s);
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < 10s);
  BOOST_TEST(ended.get().error_code() == grpc::StatusCode::UNAVAILABLE);
}

BOOST_AUTO_TEST_CASE(clients_that_leave_are_let_go) {
  for (auto i = 0; i < 20; ++i) {
    auto client = subscription{manager_stub(), only_owner("never")};
  }
  auto client = subscription{manager_stub(), only_owner("owner-1")};
  tell(version(1, phase::running));
  BOOST_TEST(client.next()->status_version() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
