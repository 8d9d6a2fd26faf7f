#include "grpc_gateway/utf8_filter.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

// The output of workspaces is for older clients.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

struct output_gateway : gateway_fixture {
  output_gateway() {
    manager.log = [this](const find_log& msg) {
      msg.to.give({(directory.path / "log").native()});
    };
    start();
  }

  static workspace_record prebuild(phase in) {
    auto record = sample_record("p1");
    record.spec.type = workspace_type::prebuild;
    record.container = {4242, 1};
    record.phase = in;
    return record;
  }

  void write(const std::string& text) {
    std::ofstream{directory.path / "log", std::ios::app} << text;
  }
};

struct output_subscription {
  output_subscription(std::unique_ptr<wsman::WorkspaceManager::Stub> from,
                      const std::map<std::string, std::string>& metadata)
    : stub(std::move(from)) {
    for (const auto& [key, value] : metadata)
      ctx.AddMetadata(key, value);
    ctx.set_deadline(std::chrono::system_clock::now() + 60s);
    reader = stub->Subscribe(&ctx, {});
    reader->WaitForInitialMetadata();
  }

  ~output_subscription() {
    ctx.TryCancel();
    auto response = wsman::SubscribeResponse{};
    while (reader->Read(&response))
      ;
    reader->Finish();
  }

  wsman::SubscribeResponse next() {
    auto response = wsman::SubscribeResponse{};
    BOOST_REQUIRE(reader->Read(&response));
    return response;
  }

  /// The output up to `end`; statuses between are left out.
  std::string output_until(const std::string& end) {
    auto text = std::string{};
    while (!text.ends_with(end))
      if (auto response = next(); response.has_log()) {
        BOOST_TEST(response.log().id() == "p1");
        BOOST_TEST(response.log().metadata().owner() == "owner-1");
        text += response.log().message();
      }
    return text;
  }

  std::unique_ptr<wsman::WorkspaceManager::Stub> stub;
  grpc::ClientContext ctx;
  std::unique_ptr<grpc::ClientReader<wsman::SubscribeResponse>> reader;
};

const auto with_logs
  = std::map<std::string, std::string>{{"berth-subscribe-logs", "true"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(subscribe_output, output_gateway)

BOOST_AUTO_TEST_CASE(a_headless_workspace_is_heard_by_who_asked) {
  write("t stdout F one\nt stderr F two\n");
  tell(prebuild(phase::running));
  auto client = output_subscription{manager_stub(), with_logs};
  BOOST_TEST(client.output_until("two\n") == "one\ntwo\n");
  write("t stdout F three\n");
  BOOST_TEST(client.output_until("three\n") == "three\n");
}

BOOST_AUTO_TEST_CASE(what_was_written_last_is_heard_after_the_end) {
  write("t stdout F one\n");
  tell(prebuild(phase::running));
  auto client = output_subscription{manager_stub(), with_logs};
  client.output_until("one\n");
  write("t stdout F last\n");
  tell(prebuild(phase::stopped));
  BOOST_TEST(client.output_until("last\n") == "last\n");
}

BOOST_AUTO_TEST_CASE(who_did_not_ask_hears_statuses_only) {
  write("t stdout F one\n");
  tell(prebuild(phase::running));
  auto loud = output_subscription{manager_stub(), with_logs};
  auto quiet = output_subscription{manager_stub(), {}};
  BOOST_TEST(quiet.next().has_status());
  loud.output_until("one\n");
  tell(prebuild(phase::stopping));
  BOOST_TEST(quiet.next().status().phase() == wsman::STOPPING);
}

BOOST_AUTO_TEST_CASE(a_regular_workspace_is_not_heard) {
  write("t stdout F one\n");
  auto record = prebuild(phase::running);
  record.spec.type = workspace_type::regular;
  tell(record);
  auto client = output_subscription{manager_stub(), with_logs};
  BOOST_TEST(client.next().has_status());
  record.phase = phase::stopping;
  tell(record);
  BOOST_TEST(client.next().has_status());
}

BOOST_AUTO_TEST_CASE(much_output_is_read_as_fast_as_it_is_taken) {
  auto expected = std::string{};
  for (auto i = 0; i < 100'000; ++i) {
    auto line = "line " + std::to_string(i) + "\n";
    expected += line;
  }
  auto log = std::string{};
  for (size_t at = 0; at < expected.size();) {
    auto end = expected.find('\n', at) + 1;
    log += "t stdout F " + expected.substr(at, end - at);
    at = end;
  }
  write(log);
  tell(prebuild(phase::running));
  auto client = output_subscription{manager_stub(), with_logs};
  // Phases go on while the output is under way.
  tell(prebuild(phase::stopping));
  BOOST_TEST((client.output_until("line 99999\n") == expected));
}

BOOST_AUTO_TEST_CASE(the_header_holds_the_trace_of_the_subscriber) {
  tell(prebuild(phase::running));
  auto client
    = output_subscription{manager_stub(), {{"uber-trace-id", "1:2:0:1"}}};
  auto response = client.next();
  BOOST_TEST(response.has_status());
  BOOST_TEST(response.header().at("uber-trace-id") == "1:2:0:1");
  auto other = output_subscription{manager_stub(), {}};
  BOOST_TEST(other.next().header().empty());
}

BOOST_AUTO_TEST_CASE(bytes_become_text) {
  auto filter = gateway::utf8_filter{};
  BOOST_TEST(filter.pass("a\xc3") == "a");
  BOOST_TEST(filter.pass("\xa9z") == "\xc3\xa9z");
  const auto bad = std::string{"\xef\xbf\xbd"};
  BOOST_TEST(filter.pass("\xff|\xc0\xaf|\xed\xa0\x80|\xf5")
             == bad + "|" + bad + bad + "|" + bad + bad + bad + "|" + bad);
  BOOST_TEST(filter.pass("\xf0\x9f\x98") == "");
  BOOST_TEST(filter.pass("\x80.") == "\xf0\x9f\x98\x80.");
  BOOST_TEST(filter.pass("\xe2\x82") == "");
  BOOST_TEST(filter.pass("x") == bad + "x");
}

BOOST_AUTO_TEST_SUITE_END()
