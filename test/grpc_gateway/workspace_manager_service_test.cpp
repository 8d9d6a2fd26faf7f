#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

record_ptr share(workspace_record record) {
  return std::make_shared<const workspace_record>(std::move(record));
}

/// A call's end, for calls that say nothing else.
template <class Request, class Response>
grpc::Status call(wsman::WorkspaceManager::Stub& stub,
                  grpc::Status (wsman::WorkspaceManager::Stub::*method)(
                    grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response& response) {
  auto ctx = grpc::ClientContext{};
  ctx.set_deadline(std::chrono::system_clock::now() + 20s);
  return (stub.*method)(&ctx, request, &response);
}

using stub = wsman::WorkspaceManager::Stub;

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_manager_service_test, gateway_fixture)

BOOST_AUTO_TEST_CASE(starts_a_workspace) {
  auto secrets = std::promise<initializer_secrets>{};
  manager.start = [&](const start_workspace& msg) {
    secrets.set_value(msg.secrets);
    msg.to.give({"http://" + msg.spec->meta_id, "token"});
  };
  start();
  auto request = sample_request();
  auto& git = *request.mutable_spec()->mutable_initializer()->mutable_git();
  git.mutable_config()->set_auth_password("hunter2");
  auto response = wsman::StartWorkspaceResponse{};
  auto status = call(*manager_stub(), &stub::StartWorkspace, request, response);
  BOOST_TEST_REQUIRE(status.ok());
  BOOST_TEST(response.url() == "http://amaranth-smelt-9ba20cc1");
  BOOST_TEST(response.owner_token() == "token");
  BOOST_TEST(secrets.get_future().get()["initializer.git"] == "hunter2");
}

BOOST_AUTO_TEST_CASE(a_faulty_start_never_reaches_the_manager) {
  auto reached = std::atomic<bool>{false};
  manager.start = [&](const start_workspace&) { reached = true; };
  start();
  auto response = wsman::StartWorkspaceResponse{};
  auto status = call(*manager_stub(), &stub::StartWorkspace, {}, response);
  BOOST_TEST(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  BOOST_TEST(!reached);
}

BOOST_AUTO_TEST_CASE(maintenance_comes_before_what_is_wrong_with_a_start) {
  start();
  auto node = node_stub();
  auto announced = v1::SetMaintenanceRequest{};
  announced.set_enabled_until("2261-01-01T00:00:00Z");
  auto found = v1::Maintenance{};
  auto ctx = grpc::ClientContext{};
  BOOST_REQUIRE(node->SetMaintenance(&ctx, announced, &found).ok());
  auto request = sample_request();
  request.mutable_spec()->clear_workspace_location();
  auto response = wsman::StartWorkspaceResponse{};
  auto status = call(*manager_stub(), &stub::StartWorkspace, request, response);
  BOOST_TEST(status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  BOOST_TEST(status.error_message() == "under maintenance");
}

BOOST_AUTO_TEST_CASE(describes_what_was_published_without_the_manager) {
  published->put(share(sample_record("w7")));
  start(); // nobody answers there
  auto request = wsman::DescribeWorkspaceRequest{};
  auto response = wsman::DescribeWorkspaceResponse{};
  request.set_id("w7");
  BOOST_TEST(
    call(*manager_stub(), &stub::DescribeWorkspace, request, response).ok());
  BOOST_TEST(response.status().id() == "w7");
}

BOOST_AUTO_TEST_CASE(describes_a_workspace_and_its_last_activity) {
  manager.describe = [](const describe_workspace& msg) {
    if (msg.id != "w1")
      return msg.to.refuse(ec::not_found, "no workspace " + msg.id);
    auto record = sample_record();
    record.last_activity = wall_time{500ms};
    msg.to.give(share(record));
  };
  start();
  auto request = wsman::DescribeWorkspaceRequest{};
  auto response = wsman::DescribeWorkspaceResponse{};
  request.set_id("w1");
  auto stub_ = manager_stub();
  BOOST_TEST(call(*stub_, &stub::DescribeWorkspace, request, response).ok());
  BOOST_TEST(response.status().id() == "w1");
  BOOST_TEST(response.status().metadata().annotations_size() == 20);
  BOOST_TEST(response.lastactivity() == "1970-01-01T00:00:00.5Z");
  request.set_id("w2");
  auto status = call(*stub_, &stub::DescribeWorkspace, request, response);
  BOOST_TEST(status.error_code() == grpc::StatusCode::NOT_FOUND);
  BOOST_TEST(status.error_message() == "no workspace w2");
}

BOOST_AUTO_TEST_CASE(lists_what_the_filter_asks_for_or_says_why_not) {
  manager.get = [](const get_workspaces& msg) {
    if (msg.filter.owner == "recovering")
      return msg.to.refuse(ec::unavailable, "recovering");
    BOOST_TEST(msg.filter.annotations.at("a") == "b");
    auto all = std::vector<record_ptr>{};
    for (auto i = 0; i < 500; ++i)
      all.push_back(share(sample_record("w" + std::to_string(i))));
    msg.to.give(all);
  };
  start();
  auto request = wsman::GetWorkspacesRequest{};
  auto response = wsman::GetWorkspacesResponse{};
  auto& filter = *request.mutable_must_match();
  (*filter.mutable_annotations())["a"] = "b";
  auto stub_ = manager_stub();
  BOOST_TEST(call(*stub_, &stub::GetWorkspaces, request, response).ok());
  BOOST_TEST_REQUIRE(response.status_size() == 500);
  BOOST_TEST(response.status(499).id() == "w499");
  filter.set_owner("recovering");
  BOOST_TEST(call(*stub_, &stub::GetWorkspaces, request, response).error_code()
             == grpc::StatusCode::UNAVAILABLE);
}

BOOST_AUTO_TEST_CASE(carries_stops_marks_snapshots_and_backups) {
  manager.stop = [](const stop_workspace& msg) {
    BOOST_TEST(msg.id == "w1");
    BOOST_CHECK(msg.policy == stop_policy::abort);
    msg.to.give({});
  };
  manager.mark = [](const mark_active& msg) {
    BOOST_TEST(msg.closed);
    BOOST_TEST(!msg.ignore_if_active);
    msg.to.give({});
  };
  manager.snapshot = [](const take_snapshot& msg) {
    msg.to.give({msg.return_immediately ? "at-once@bucket" : "object@bucket"});
  };
  manager.backup
    = [](const backup_workspace& msg) { msg.to.give({msg.id + "@bucket"}); };
  start();
  auto stub_ = manager_stub();
  auto stop = wsman::StopWorkspaceRequest{};
  auto stopped = wsman::StopWorkspaceResponse{};
  stop.set_id("w1");
  stop.set_policy(wsman::ABORT);
  BOOST_TEST(call(*stub_, &stub::StopWorkspace, stop, stopped).ok());
  auto mark = wsman::MarkActiveRequest{};
  auto marked = wsman::MarkActiveResponse{};
  mark.set_closed(true);
  BOOST_TEST(call(*stub_, &stub::MarkActive, mark, marked).ok());
  auto taken = wsman::TakeSnapshotResponse{};
  auto take = wsman::TakeSnapshotRequest{};
  BOOST_TEST(call(*stub_, &stub::TakeSnapshot, take, taken).ok());
  BOOST_TEST(taken.url() == "object@bucket");
  take.set_return_immediately(true);
  BOOST_TEST(call(*stub_, &stub::TakeSnapshot, take, taken).ok());
  BOOST_TEST(taken.url() == "at-once@bucket");
  auto back_up = wsman::BackupWorkspaceRequest{};
  auto backed_up = wsman::BackupWorkspaceResponse{};
  back_up.set_id("w1");
  BOOST_TEST(call(*stub_, &stub::BackupWorkspace, back_up, backed_up).ok());
  BOOST_TEST(backed_up.url() == "w1@bucket");
}

BOOST_AUTO_TEST_CASE(a_dropped_request_is_unavailable) {
  start();
  auto response = wsman::DescribeWorkspaceResponse{};
  BOOST_TEST(
    call(*manager_stub(), &stub::DescribeWorkspace, {}, response).error_code()
    == grpc::StatusCode::UNAVAILABLE);
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_after_the_client_went_away) {
  auto late = std::promise<answer<record_ptr>>{};
  manager.describe
    = [&](const describe_workspace& msg) { late.set_value(msg.to); };
  start();
  auto stub_ = manager_stub();
  auto ctx = grpc::ClientContext{};
  auto response = wsman::DescribeWorkspaceResponse{};
  auto done = std::async(std::launch::async, [&] {
    return stub_->DescribeWorkspace(&ctx, {}, &response);
  });
  auto to = late.get_future().get();
  ctx.TryCancel();
  BOOST_TEST(done.get().error_code() == grpc::StatusCode::CANCELLED);
  to.give(share(sample_record()));
  // The server still answers.
  auto mark = wsman::MarkActiveResponse{};
  BOOST_TEST(call(*stub_, &stub::MarkActive, {}, mark).error_code()
             == grpc::StatusCode::UNAVAILABLE);
}

BOOST_AUTO_TEST_CASE(rate_limits_refuse_with_the_text_that_clients_look_for) {
  config->grpc.rate_limits["/wsman.WorkspaceManager/DescribeWorkspace"] = {
    .burst = 1, .refill = 1h, .block = false, .key = {"id"}, .key_cache = 10};
  manager.describe
    = [](const describe_workspace& msg) { msg.to.give(share({})); };
  start();
  auto stub_ = manager_stub();
  auto response = wsman::DescribeWorkspaceResponse{};
  auto request = wsman::DescribeWorkspaceRequest{};
  BOOST_TEST(call(*stub_, &stub::DescribeWorkspace, request, response).ok());
  auto status = call(*stub_, &stub::DescribeWorkspace, request, response);
  BOOST_TEST(status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  BOOST_TEST(status.error_message() == "too many requests");
  request.set_id("other");
  BOOST_TEST(call(*stub_, &stub::DescribeWorkspace, request, response).ok());
}

BOOST_AUTO_TEST_CASE(rate_limits_may_let_wait) {
  config->grpc.rate_limits["/wsman.WorkspaceManager/MarkActive"]
    = {.burst = 1, .refill = 100ms, .block = true};
  manager.mark = [](const mark_active& msg) { msg.to.give({}); };
  start();
  auto stub_ = manager_stub();
  auto begin = std::chrono::steady_clock::now();
  auto calls = std::vector<std::future<grpc::Status>>{};
  for (auto i = 0; i < 6; ++i)
    calls.push_back(std::async(std::launch::async, [&] {
      auto response = wsman::MarkActiveResponse{};
      return call(*stub_, &stub::MarkActive, {}, response);
    }));
  for (auto& each : calls)
    BOOST_TEST(each.get().ok());
  BOOST_CHECK(std::chrono::steady_clock::now() - begin >= 400ms);
}

BOOST_AUTO_TEST_SUITE_END()
