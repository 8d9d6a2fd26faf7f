#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>

using namespace berth;
using namespace berth::e2e;

namespace {

using samples = std::map<std::string, std::string>;

struct scraped_service : furnished_service {
  scraped_service()
    : furnished_service("classes: {default: {cpu: {min: 250m}, memory: 4Gi}, "
                        "broken: {}}\n") {}

  std::string url() {
    auto context = grpc::ClientContext{};
    auto info = v1::NodeInfoResponse{};
    BOOST_REQUIRE(node().NodeInfo(&context, {}, &info).ok());
    return "http://" + info.http_address() + "/metrics";
  }

  /// The samples whose name begins like that, less how long things took.
  samples scrape(const std::string& begin) {
    auto page = run({"/bin/busybox", "wget", "-qO-", url()});
    BOOST_REQUIRE_EQUAL(page.code, 0);
    auto found = samples{};
    auto lines = std::istringstream{page.text};
    for (std::string line; std::getline(lines, line);) {
      auto name = line.substr(0, line.rfind(' '));
      auto is_time = name.find("_seconds_sum{") != name.npos
                     || name.find("_seconds_bucket{") != name.npos;
      if (name.starts_with(begin) && !is_time)
        found[name.substr(begin.size())] = line.substr(name.size() + 1);
    }
    return found;
  }

  void play(const wsman::StartWorkspaceRequest& wanted,
            wsman::StopWorkspacePolicy policy) {
    BOOST_REQUIRE(start(wanted).ok());
    await(wanted.id(), wsman::RUNNING);
    BOOST_REQUIRE(stop(wanted.id(), policy).ok());
    await(wanted.id(), wsman::STOPPED);
  }
};

/// Says each difference, so that a failure tells what to look at.
void check_equal(const samples& found, const samples& expected) {
  for (const auto& [name, value] : expected) {
    auto it = found.find(name);
    auto is = it == found.end() ? "missing" : it->second;
    BOOST_TEST(is == value, name << " is " << is << ", not " << value);
  }
  for (const auto& [name, value] : found)
    BOOST_TEST(expected.contains(name), name << " " << value << " is too much");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(metrics, scraped_service)

BOOST_AUTO_TEST_CASE(tell_what_happened_and_nothing_else) {
  play(request(fresh_id()), wsman::NORMALLY);
  play(request(fresh_id()), wsman::ABORT);
  auto broken = request(fresh_id());
  broken.mutable_spec()->set_class_("broken");
  broken.mutable_spec()
    ->mutable_initializer()
    ->mutable_snapshot()
    ->set_snapshot("workspaces/none/snapshot-1.tar@gitpod-user-anna");
  BOOST_REQUIRE(start(broken).ok());
  await(broken.id(), wsman::STOPPED);
  auto prebuild = request(fresh_id());
  prebuild.set_type(wsman::PREBUILD);
  BOOST_REQUIRE(start(prebuild).ok());
  await(prebuild.id(), wsman::STOPPED);
  auto used = request(fresh_id());
  BOOST_REQUIRE(start(used).ok());
  await(used.id(), wsman::RUNNING);
  auto context = grpc::ClientContext{};
  auto mark = wsman::MarkActiveRequest{};
  mark.set_id(used.id());
  auto marked = wsman::MarkActiveResponse{};
  BOOST_REQUIRE(manager().MarkActive(&context, mark, &marked).ok());
  auto refused = request(used.id());
  BOOST_TEST(start(refused).error_code() == grpc::StatusCode::ALREADY_EXISTS);

  auto found = scrape("gitpod_ws_manager_mk2_");
  // Whether its image or its content is looked at first is a matter of luck.
  std::erase_if(found, [](const auto& sample) {
    return sample.first.starts_with("workspace_creating_seconds")
           && sample.first.ends_with("class=\"broken\"}");
  });
  check_equal(
    found,
    {
      {R"(workspace_starts_total{type="Regular",class="default"})", "3"},
      {R"(workspace_starts_total{type="Regular",class="broken"})", "1"},
      {R"(workspace_starts_total{type="Prebuild",class="default"})", "1"},
      {R"(workspace_starts_failure_total{type="Regular",class="broken"})", "1"},
      {R"(workspace_failure_total{type="Regular",class="broken"})", "1"},
      {R"(workspace_restores_failure_total{type="Regular",class="broken"})",
       "1"},
      {R"(workspace_stops_total{reason="regular-stop",type="Regular",class="default"})",
       "1"},
      {R"(workspace_stops_total{reason="regular-stop",type="Prebuild",class="default"})",
       "1"},
      {R"(workspace_stops_total{reason="aborted",type="Regular",class="default"})",
       "1"},
      {R"(workspace_stops_total{reason="start-failure",type="Regular",class="broken"})",
       "1"},
      {R"(workspace_backups_total{type="Regular",class="default"})", "1"},
      {R"(workspace_backups_total{type="Prebuild",class="default"})", "1"},
      {R"(workspace_restores_total{type="Regular",class="default"})", "3"},
      {R"(workspace_restores_total{type="Prebuild",class="default"})", "1"},
      {R"(workspace_startup_seconds_count{type="Regular",class="default"})",
       "3"},
      {R"(workspace_startup_seconds_count{type="Prebuild",class="default"})",
       "1"},
      {R"(workspace_pending_seconds_count{type="Regular",class="default"})",
       "3"},
      {R"(workspace_pending_seconds_count{type="Regular",class="broken"})",
       "1"},
      {R"(workspace_pending_seconds_count{type="Prebuild",class="default"})",
       "1"},
      {R"(workspace_creating_seconds_count{type="Regular",class="default"})",
       "3"},
      {R"(workspace_creating_seconds_count{type="Prebuild",class="default"})",
       "1"},
      {"maintenance_enabled", "0"},
      {R"(workspace_phase_total{phase="Running",type="Regular",class="default"})",
       "1"},
      {R"(workspace_phase_total{phase="Stopped",type="Regular",class="default"})",
       "2"},
      {R"(workspace_phase_total{phase="Stopped",type="Regular",class="broken"})",
       "1"},
      {R"(workspace_phase_total{phase="Stopped",type="Prebuild",class="default"})",
       "1"},
      {R"(workspace_node_utilization{node="test",resource="cpu",type="regular"})",
       "0.25"},
      {R"(workspace_node_utilization{node="test",resource="cpu",type="headless"})",
       "0"},
      {R"(workspace_node_utilization{node="test",resource="memory",type="regular"})",
       "4294967296"},
      {R"(workspace_node_utilization{node="test",resource="memory",type="headless"})",
       "0"},
      {R"(workspace_activity_total{active="true"})", "1"},
      {R"(workspace_activity_total{active="false"})", "0"},
    });

  auto calls = scrape("grpc_server_handled_total{grpc_type=\"unary\",");
  auto handled = [&](const std::string& method, const std::string& code) {
    auto name = "grpc_service=\"wsman.WorkspaceManager\",grpc_method=\""
                + method + "\",grpc_code=\"" + code + "\"}";
    return calls.contains(name) ? calls[name] : "0";
  };
  BOOST_TEST(handled("StartWorkspace", "OK") == "5");
  BOOST_TEST(handled("StartWorkspace", "AlreadyExists") == "1");
  BOOST_TEST(handled("StopWorkspace", "OK") == "2");
  BOOST_TEST(handled("MarkActive", "OK") == "1");
  BOOST_TEST(scrape("wsman_start_workspace_count").begin()->second == "6");
  check_equal(scrape("wsman_workspace_timeout_settings_total"), {});
}

BOOST_AUTO_TEST_SUITE_END()
