#include "grpc_gateway/convert/adjustments.hpp"
#include "grpc_gateway/convert/cluster.hpp"
#include "model/duration.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>

using namespace berth;
using namespace berth::gateway;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

using stub = wsman::WorkspaceManager::Stub;

template <class Request, class Response>
grpc::Status call(stub& to,
                  grpc::Status (stub::*method)(grpc::ClientContext*,
                                               const Request&, Response*),
                  const Request& request) {
  auto ctx = grpc::ClientContext{};
  ctx.set_deadline(std::chrono::system_clock::now() + 20s);
  auto response = Response{};
  return (to.*method)(&ctx, request, &response);
}

grpc::Status set_timeout(stub& to, const char* text, int type = 0) {
  auto request = wsman::SetTimeoutRequest{};
  request.set_id("w1");
  request.set_duration(text);
  request.set_type(static_cast<wsman::TimeoutType>(type));
  return call(to, &stub::SetTimeout, request);
}

grpc::Status control_port(stub& to, uint32_t number, bool expose = true,
                          int visibility = 0, int protocol = 0) {
  auto request = wsman::ControlPortRequest{};
  request.set_id("w1");
  request.set_expose(expose);
  auto& spec = *request.mutable_spec();
  spec.set_port(number);
  spec.set_url("http://ignored");
  spec.set_visibility(static_cast<wsman::PortVisibility>(visibility));
  spec.set_protocol(static_cast<wsman::PortProtocol>(protocol));
  return call(to, &stub::ControlPort, request);
}

grpc::Status admit(stub& to, int level) {
  auto request = wsman::ControlAdmissionRequest{};
  request.set_id("w1");
  request.set_level(static_cast<wsman::AdmissionLevel>(level));
  return call(to, &stub::ControlAdmission, request);
}

grpc::Status set_keys(stub& to, const char* id,
                      const std::vector<std::string>& keys) {
  auto request = wsman::UpdateSSHKeyRequest{};
  request.set_id(id);
  request.mutable_keys()->Assign(keys.begin(), keys.end());
  return call(to, &stub::UpdateSSHKey, request);
}

struct row {
  const char* what;
  std::function<grpc::Status(stub&)> call;
  /// Of a refusal: what its text begins with. Else what the manager is told.
  std::string text;
};

const row refusals[] = {
  {"no duration", [](stub& s) { return set_timeout(s, ""); }, "duration"},
  {"a word", [](stub& s) { return set_timeout(s, "long"); }, "duration"},
  {"no unit", [](stub& s) { return set_timeout(s, "30"); }, "duration"},
  {"days", [](stub& s) { return set_timeout(s, "1d"); }, "duration"},
  {"negative", [](stub& s) { return set_timeout(s, "-1h"); }, "duration"},
  {"too long", [](stub& s) { return set_timeout(s, "721h"); }, "duration"},
  {"more than an int64", [](stub& s) { return set_timeout(s, "9999999h"); },
   "duration"},
  {"negative, closed", [](stub& s) { return set_timeout(s, "-1h", 1); },
   "duration"},
  {"unknown kind", [](stub& s) { return set_timeout(s, "1h", 2); },
   "type 2 is unknown"},
  {"no port spec",
   [](stub& s) {
     auto request = wsman::ControlPortRequest{};
     request.set_id("w1");
     request.set_expose(true);
     return call(s, &stub::ControlPort, request);
   },
   "spec is missing"},
  {"port 0", [](stub& s) { return control_port(s, 0); }, "spec.port: port 0"},
  {"port 65536", [](stub& s) { return control_port(s, 65536); },
   "spec.port: port 65536"},
  {"supervisor's", [](stub& s) { return control_port(s, 22999); },
   "spec.port: port 22999"},
  {"the IDE's, closed", [](stub& s) { return control_port(s, 23000, false); },
   "spec.port: port 23000"},
  {"unknown level", [](stub& s) { return admit(s, 2); }, "level 2 is unknown"},
  {"nobody's keys", [](stub& s) { return set_keys(s, "", {"a"}); },
   "id is empty"},
  {"no keys", [](stub& s) { return set_keys(s, "w1", {}); }, "keys are empty"},
  {"two lines", [](stub& s) { return set_keys(s, "w1", {"a\nb"}); }, "keys: "},
  {"an empty key", [](stub& s) { return set_keys(s, "w1", {""}); }, "keys: "},
  {"words", [](stub& s) { return set_keys(s, "w1", {"hello world"}); },
   "keys: no public key"},
  {"a kind without a key",
   [](stub& s) { return set_keys(s, "w1", {"ssh-rsa"}); },
   "keys: no public key"},
  {"no base64", [](stub& s) { return set_keys(s, "w1", {"ssh-rsa A*"}); },
   "keys: no public key"},
  {"a long key",
   [](stub& s) { return set_keys(s, "w1", {std::string(16385, 'k')}); },
   "keys: "},
  {"many keys",
   [](stub& s) {
     return set_keys(s, "w1", std::vector<std::string>(101, "k"));
   },
   "keys: "},
};

const row changes[] = {
  {"a timeout", [](stub& s) { return set_timeout(s, "1h30m"); },
   "timeout 1h30m0s"},
  {"a timeout of nothing", [](stub& s) { return set_timeout(s, "0"); },
   "timeout 0s"},
  {"a closed timeout", [](stub& s) { return set_timeout(s, "90s", 1); },
   "closed 1m30s"},
  {"a port", [](stub& s) { return control_port(s, 3000); }, "port 3000"},
  {"a public port", [](stub& s) { return control_port(s, 3000, true, 1); },
   "port 3000 public"},
  {"a visibility of tomorrow",
   [](stub& s) { return control_port(s, 3000, true, 7, 7); }, "port 3000"},
  {"an https port", [](stub& s) { return control_port(s, 65535, true, 0, 1); },
   "port 65535 https"},
  {"a port to close", [](stub& s) { return control_port(s, 1, false); },
   "close 1"},
  {"everyone", [](stub& s) { return admit(s, 1); }, "admit everyone"},
  {"the owner", [](stub& s) { return admit(s, 0); }, "admit owner"},
  {"keys",
   [](stub& s) {
     return set_keys(s, "w1",
                     {"ssh-ed25519 AAAA anna\r\n",
                      "command=\"exec ssh-add x\" ssh-rsa BBBB"});
   },
   "keys ssh-ed25519 AAAA anna,command=\"exec ssh-add x\" ssh-rsa BBBB,"},
};

struct in_words {
  std::string operator()(const new_timeout& it) const {
    return "timeout " + format_duration(it.limit);
  }
  std::string operator()(const new_closed_timeout& it) const {
    return "closed " + format_duration(it.limit);
  }
  std::string operator()(const new_exposure& it) const {
    return (it.is_exposed ? "port " : "close ") + std::to_string(it.port.number)
           + (it.port.is_public ? " public" : "")
           + (it.port.https ? " https" : "");
  }
  std::string operator()(const new_admission& it) const {
    return it.everyone ? "admit everyone" : "admit owner";
  }
  std::string operator()(const new_ssh_keys& it) const {
    auto all = std::string{"keys "};
    for (const auto& key : it.keys)
      all += key + ",";
    return all;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_adjustments_test, gateway_fixture)

BOOST_AUTO_TEST_CASE(what_is_wrong_in_itself_never_reaches_the_manager) {
  auto reached = std::atomic<int>{0};
  manager.adjust = [&](const adjust_workspace&) { ++reached; };
  start();
  auto to = manager_stub();
  for (const auto& row : refusals)
    BOOST_TEST_CONTEXT(row.what) {
      auto status = row.call(*to);
      BOOST_TEST(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
      BOOST_TEST(status.error_message().starts_with(row.text),
                 status.error_message());
    }
  BOOST_TEST(reached == 0);
}

BOOST_AUTO_TEST_CASE(each_change_is_told_to_the_manager) {
  auto told = std::promise<std::string>{};
  manager.adjust = [&](const adjust_workspace& msg) {
    told.set_value(msg.id + ": " + std::visit(in_words{}, msg.what));
    msg.to.give({});
  };
  start();
  auto to = manager_stub();
  for (const auto& row : changes)
    BOOST_TEST_CONTEXT(row.what) {
      told = {};
      auto got = told.get_future();
      BOOST_TEST(row.call(*to).ok());
      BOOST_TEST_REQUIRE((got.wait_for(0s) == std::future_status::ready));
      BOOST_TEST(got.get() == "w1: " + row.text);
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_manager_is_the_callers) {
  manager.adjust = [](const adjust_workspace& msg) {
    msg.to.refuse(ec::not_found, "workspace w1 does not exist");
  };
  start();
  auto to = manager_stub();
  for (const auto& row : changes) {
    auto status = row.call(*to);
    BOOST_TEST(status.error_code() == grpc::StatusCode::NOT_FOUND);
    BOOST_TEST(status.error_message() == "workspace w1 does not exist");
  }
}

BOOST_AUTO_TEST_CASE(the_cluster_is_described_whatever_the_manager_does) {
  config->preferred_class = "large";
  start();
  auto ctx = grpc::ClientContext{};
  auto cluster = wsman::DescribeClusterResponse{};
  BOOST_REQUIRE(manager_stub()->DescribeCluster(&ctx, {}, &cluster).ok());
  BOOST_TEST_REQUIRE(cluster.workspace_classes_size() == 2);
  BOOST_TEST(cluster.workspace_classes(1).id() == "large");
  BOOST_TEST(cluster.workspace_classes(1).display_name() == "Large");
  BOOST_TEST(cluster.preferred_workspace_class() == "large");
}

BOOST_AUTO_TEST_CASE(there_are_no_volume_snapshots) {
  start();
  auto request = wsman::DeleteVolumeSnapshotRequest{};
  request.set_soft_delete(true);
  auto status = call(*manager_stub(), &stub::DeleteVolumeSnapshot, request);
  BOOST_TEST(status.error_code() == grpc::StatusCode::UNIMPLEMENTED);
  BOOST_TEST(status.error_message() == "this node has no volume snapshots");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cluster_test)

BOOST_AUTO_TEST_CASE(without_classes_there_is_nothing_to_say) {
  auto shown = describe_cluster({});
  BOOST_TEST(shown.workspace_classes_size() == 0);
  BOOST_TEST(shown.preferred_workspace_class() == "");
}

BOOST_AUTO_TEST_CASE(a_class_describes_itself_by_its_limits) {
  struct row {
    uint64_t cpu_min, cpu_burst, memory, storage;
    const char* text;
  };
  constexpr uint64_t giga = 1'000'000'000;
  const row rows[] = {
    {0, 10'000, 15 * giga, 20 * giga, "10 vCPU, 15GB memory, 20GB disk"},
    {0, 3'001, 15 * giga + 1, 1, "4 vCPU, 16GB memory, 1GB disk"},
    {2'500, 0, 0, 0, "3 vCPU, 0GB memory, 0GB disk"},
    {500, 4'000, uint64_t{4} << 30, 0, "4 vCPU, 5GB memory, 0GB disk"},
    {0, 0, 0, 0, "0 vCPU, 0GB memory, 0GB disk"},
  };
  for (const auto& row : rows) {
    auto all = settings{};
    auto& limits = all.classes["c"];
    limits.cpu_min_millis = row.cpu_min;
    limits.cpu_burst_millis = row.cpu_burst;
    limits.memory_bytes = row.memory;
    limits.storage_bytes = row.storage;
    BOOST_TEST(describe_cluster(all).workspace_classes(0).description()
               == row.text);
    limits.description = "as it is written";
    BOOST_TEST(describe_cluster(all).workspace_classes(0).description()
               == "as it is written");
  }
}

BOOST_AUTO_TEST_CASE(classes_come_by_their_ids) {
  auto all = settings{};
  all.classes["b"].display_name = "Big";
  all.classes["a"].credits_per_minute = 0.4F;
  auto shown = describe_cluster(all);
  BOOST_TEST_REQUIRE(shown.workspace_classes_size() == 2);
  BOOST_TEST(shown.workspace_classes(0).id() == "a");
  BOOST_TEST(shown.workspace_classes(0).credits_per_minute() == 0.4F);
  BOOST_TEST(shown.workspace_classes(1).id() == "b");
  BOOST_TEST(shown.workspace_classes(1).display_name() == "Big");
}

BOOST_AUTO_TEST_SUITE_END()
