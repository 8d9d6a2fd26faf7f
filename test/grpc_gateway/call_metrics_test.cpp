#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

struct counted_gateway : gateway_fixture {
  counted_gateway() {
    manager.describe = [](const describe_workspace& msg) {
      if (msg.id == "w1")
        msg.to.give(std::make_shared<const workspace_record>(sample_record()));
      else
        msg.to.refuse(ec::not_found, "no such workspace");
    };
    manager.start = [](const start_workspace& msg) {
      msg.to.give({"http://w1", "token"});
    };
    start();
    stub = manager_stub();
  }

  grpc::StatusCode describe(const std::string& id) {
    auto request = wsman::DescribeWorkspaceRequest{};
    auto response = wsman::DescribeWorkspaceResponse{};
    auto ctx = grpc::ClientContext{};
    request.set_id(id);
    return stub->DescribeWorkspace(&ctx, request, &response).error_code();
  }

  /// The series whose names begin with `prefix`. A call is counted before its
  /// client hears that it is over.
  std::map<std::string, double> series(const std::string& prefix) {
    auto out = exposition{};
    calls->write(out);
    auto found = std::map<std::string, double>{};
    auto lines = std::istringstream{out.text()};
    for (auto line = std::string{}; std::getline(lines, line);)
      if (line.starts_with(prefix)) {
        auto blank = line.rfind(' ');
        found[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
      }
    return found;
  }

  std::unique_ptr<wsman::WorkspaceManager::Stub> stub;
};

std::string of(const std::string& method, const std::string& more = "",
               const std::string& type = "unary") {
  return "{grpc_type=\"" + type
         + "\",grpc_service=\"wsman.WorkspaceManager\",grpc_method=\"" + method
         + "\"" + more + "}";
}

using values = std::map<std::string, double>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(call_metrics_test, counted_gateway)

BOOST_AUTO_TEST_CASE(calls_are_counted_by_method_and_outcome) {
  BOOST_TEST(describe("w1") == grpc::StatusCode::OK);
  BOOST_TEST(describe("w1") == grpc::StatusCode::OK);
  BOOST_TEST(describe("w2") == grpc::StatusCode::NOT_FOUND);
  auto ctx = grpc::ClientContext{};
  auto response = wsman::DeleteVolumeSnapshotResponse{};
  auto code = stub->DeleteVolumeSnapshot(&ctx, {}, &response).error_code();
  BOOST_TEST(code == grpc::StatusCode::UNIMPLEMENTED);
  const auto one = std::string{"DescribeWorkspace"};
  const auto other = std::string{"DeleteVolumeSnapshot"};
  BOOST_TEST((series("grpc_server_started_total")
              == values{{"grpc_server_started_total" + of(one), 3},
                        {"grpc_server_started_total" + of(other), 1}}));
  const auto handled = std::string{"grpc_server_handled_total"};
  BOOST_TEST(
    (series(handled)
     == values{{handled + of(one, ",grpc_code=\"OK\""), 2},
               {handled + of(one, ",grpc_code=\"NotFound\""), 1},
               {handled + of(other, ",grpc_code=\"Unimplemented\""), 1}}));
  const auto took = std::string{"grpc_server_handling_seconds_count"};
  BOOST_TEST(
    (series(took) == values{{took + of(one), 3}, {took + of(other), 1}}));
  BOOST_TEST((series("grpc_server_msg_sent_total")
              == values{{"grpc_server_msg_sent_total" + of(one), 2},
                        {"grpc_server_msg_sent_total" + of(other), 0}}));
  BOOST_TEST(series("grpc_server_msg_received_total")
               .at("grpc_server_msg_received_total" + of(one))
             == 3);
}

BOOST_AUTO_TEST_CASE(a_call_falls_into_one_bucket_and_those_above) {
  BOOST_TEST(describe("w1") == grpc::StatusCode::OK);
  auto buckets = series("grpc_server_handling_seconds_bucket");
  BOOST_TEST(buckets.size() == 12u);
  auto before = 0.0;
  for (const auto* bound : {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                            "0.5", "1", "2.5", "5", "10", "+Inf"}) {
    auto label = std::string{",le=\""} + bound + "\"";
    auto count = buckets.at("grpc_server_handling_seconds_bucket"
                            + of("DescribeWorkspace", label));
    BOOST_TEST(count >= before);
    before = count;
  }
  BOOST_TEST(before == 1);
}

BOOST_AUTO_TEST_CASE(starts_have_a_histogram_of_their_own) {
  BOOST_TEST(series("wsman_start_workspace").empty());
  auto ctx = grpc::ClientContext{};
  auto response = wsman::StartWorkspaceResponse{};
  BOOST_TEST(stub->StartWorkspace(&ctx, sample_request(), &response).ok());
  auto found = series("wsman_start_workspace");
  BOOST_TEST(found.at("wsman_start_workspace_count") == 1);
  BOOST_TEST(found.at("wsman_start_workspace_bucket{le=\"0\"}") == 0);
  BOOST_TEST(found.at("wsman_start_workspace_bucket{le=\"4500\"}") == 1);
  BOOST_TEST(found.size() == 13u);
}

BOOST_AUTO_TEST_CASE(a_stream_is_counted_with_what_it_sends) {
  auto ctx = grpc::ClientContext{};
  auto reader = stub->Subscribe(&ctx, {});
  reader->WaitForInitialMetadata();
  for (auto i = 0; i < 3; ++i) {
    auto record = sample_record("w" + std::to_string(i));
    tell(record);
  }
  auto response = wsman::SubscribeResponse{};
  for (auto i = 0; i < 3; ++i)
    BOOST_REQUIRE(reader->Read(&response));
  server->stop(5s);
  while (reader->Read(&response))
    ;
  BOOST_TEST(reader->Finish().error_code() == grpc::StatusCode::UNAVAILABLE);
  const auto where = std::string{"Subscribe"};
  const auto stream = std::string{"server_stream"};
  BOOST_TEST(
    (series("grpc_server_msg_sent_total")
     == values{{"grpc_server_msg_sent_total" + of(where, "", stream), 3}}));
  BOOST_TEST((series("grpc_server_handled_total")
              == values{{"grpc_server_handled_total"
                           + of(where, ",grpc_code=\"Unavailable\"", stream),
                         1}}));
}

BOOST_AUTO_TEST_CASE(calls_of_limited_methods_are_counted) {
  calls->rate_limited("/wsman.WorkspaceManager/MarkActive", false);
  calls->rate_limited("/wsman.WorkspaceManager/MarkActive", false);
  calls->rate_limited("/wsman.WorkspaceManager/MarkActive", true);
  auto name = std::string{"grpc_server_rate_limiter_calls_total"};
  auto of_method = name + "{grpc_method=\"MarkActive\",rate_limited=";
  BOOST_TEST(
    (series(name)
     == values{{of_method + "\"false\"}", 2}, {of_method + "\"true\"}", 1}}));
}

BOOST_AUTO_TEST_SUITE_END()
