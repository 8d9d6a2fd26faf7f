#include "grpc_gateway/convert/content_session.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace berth;
using namespace berth::gateway;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

using content_stub = wsdaemon::WorkspaceContentService::Stub;
using init_request = wsdaemon::InitWorkspaceRequest;
using grpc::StatusCode;

init_request sample_init() {
  auto request = init_request{};
  request.set_id("s1");
  request.mutable_metadata()->set_owner("anna");
  request.mutable_metadata()->set_meta_id("meta-s1");
  auto& git = *request.mutable_initializer()->mutable_git();
  git.set_remote_uri("https://git.example.com/a/repo.git");
  git.set_checkout_location("repo");
  git.mutable_config()->set_auth_password("secret");
  request.set_storage_quota_bytes(1 << 20);
  return request;
}

template <class Request, class Response>
grpc::Status call(content_stub& to,
                  grpc::Status (content_stub::*method)(grpc::ClientContext*,
                                                       const Request&,
                                                       Response*),
                  const Request& request, Response& response) {
  auto ctx = grpc::ClientContext{};
  ctx.set_deadline(std::chrono::system_clock::now() + 20s);
  return (to.*method)(&ctx, request, &response);
}

/// A call of each method about `id`.
struct method {
  const char* name;
  std::function<grpc::Status(content_stub&, const std::string& id)> call;
};

template <class Request, class Response>
method about(const char* name,
             grpc::Status (content_stub::*method)(grpc::ClientContext*,
                                                  const Request&, Response*)) {
  return {name, [method](content_stub& to, const std::string& id) {
            auto request = Request{};
            if constexpr (std::is_same_v<Request, init_request>)
              request = sample_init();
            request.set_id(id);
            auto response = Response{};
            return call(to, method, request, response);
          }};
}

const method methods[] = {
  about("InitWorkspace", &content_stub::InitWorkspace),
  about("WaitForInit", &content_stub::WaitForInit),
  about("IsWorkspaceExists", &content_stub::IsWorkspaceExists),
  about("TakeSnapshot", &content_stub::TakeSnapshot),
  about("BackupWorkspace", &content_stub::BackupWorkspace),
  about("DisposeWorkspace", &content_stub::DisposeWorkspace),
};

struct refusal_row {
  const char* what;
  std::function<void(init_request&)> spoil;
  ec code = ec::invalid_argument;
};

const refusal_row session_refusals[] = {
  {"no id", [](auto& r) { r.clear_id(); }},
  {"an id that leads away", [](auto& r) { r.set_id("../../etc"); }},
  {"no metadata", [](auto& r) { r.clear_metadata(); }},
  {"no owner", [](auto& r) { r.mutable_metadata()->clear_owner(); }},
  {"no meta id", [](auto& r) { r.mutable_metadata()->clear_meta_id(); }},
  {"an owner that leads away",
   [](auto& r) { r.mutable_metadata()->set_owner("../other"); }},
  {"a meta id with a slash",
   [](auto& r) { r.mutable_metadata()->set_meta_id("a/b"); }},
  {"a negative quota", [](auto& r) { r.set_storage_quota_bytes(-1); }},
  {"a quota beyond all disks",
   [](auto& r) {
     r.set_storage_quota_bytes(std::numeric_limits<int64_t>::max());
   }},
  {"git without a config",
   [](auto& r) { r.mutable_initializer()->mutable_git()->clear_config(); }},
  {"a checkout that leads away",
   [](auto& r) {
     r.mutable_initializer()->mutable_git()->set_checkout_location("../x");
   }},
  {"a file of this node",
   [](auto& r) {
     r.mutable_initializer()->mutable_git()->set_remote_uri("file:///srv/x");
   }},
  {"a snapshot of no form",
   [](auto& r) {
     r.mutable_initializer()->mutable_snapshot()->set_snapshot("x@y@z");
   }},
  {"another owner's snapshot",
   [](auto& r) {
     r.mutable_initializer()->mutable_snapshot()->set_snapshot(
       "workspaces/meta-s1/snapshot-1.tar.zst@gitpod-user-bert");
   },
   ec::permission_denied},
};

git_status sample_status() {
  auto out = git_status{};
  out.branch = "main";
  out.untracked_files = {"new"};
  out.total_untracked_files = 1;
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(content_session_order)

BOOST_AUTO_TEST_CASE(what_is_wrong_in_itself_is_refused) {
  for (const auto& row : session_refusals)
    BOOST_TEST_CONTEXT(row.what) {
      auto request = sample_init();
      row.spoil(request);
      auto order = to_init_session(request, sample_settings());
      BOOST_REQUIRE(!order);
      BOOST_TEST((code_of(order.error()) == row.code), describe(order.error()));
    }
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_arrives) {
  auto request = sample_init();
  request.set_remote_storage_disabled(true);
  auto order = to_init_session(request, sample_settings());
  BOOST_REQUIRE(order);
  BOOST_TEST(order->session.id == "s1");
  BOOST_TEST(order->session.owner == "anna");
  BOOST_TEST(order->session.meta_id == "meta-s1");
  BOOST_TEST(order->session.checkout_location == "repo");
  BOOST_TEST(order->session.remote_storage_disabled);
  BOOST_TEST(order->session.storage_quota_bytes == 1u << 20);
  BOOST_TEST(order->fill.secrets.size() == 1u);
  BOOST_TEST(order->fill.initializer.find("secret\n") == std::string::npos);
  BOOST_TEST(!order->fill.is_empty);
}

BOOST_AUTO_TEST_CASE(no_initializer_is_an_empty_one) {
  auto request = sample_init();
  request.clear_initializer();
  // Fields 4, 5, 6 and 9, which are deprecated.
  BOOST_REQUIRE(request.MergeFromString("\x20\x01\x2a\x01x\x30\x01\x48\x01"));
  auto order = to_init_session(request, sample_settings());
  BOOST_REQUIRE(order);
  BOOST_TEST(order->fill.is_empty);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(workspace_content_test, gateway_fixture)

BOOST_AUTO_TEST_CASE(an_id_that_is_none_reaches_nobody) {
  auto reached = std::atomic<int>{0};
  sessions.init = [&](const init_session&) { ++reached; };
  sessions.await = [&](const await_session&) { ++reached; };
  sessions.find = [&](const find_session&) { ++reached; };
  sessions.snapshot = [&](const snapshot_session&) { ++reached; };
  sessions.backup = [&](const backup_session&) { ++reached; };
  sessions.dispose = [&](const dispose_session&) { ++reached; };
  start();
  auto to = content_stub();
  for (const auto& method : methods)
    for (const auto& id : {std::string{}, std::string{"../../etc"},
                           std::string{"a/b"}, std::string{"-rf"},
                           std::string{"s1.workspace"}, std::string(64, 'a')})
      BOOST_TEST_CONTEXT(method.name << " " << id) {
        auto status = method.call(*to, id);
        BOOST_TEST(status.error_code() == StatusCode::INVALID_ARGUMENT);
        BOOST_TEST(status.error_message().starts_with("id "));
      }
  BOOST_TEST(reached == 0);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_sessions_is_the_callers) {
  struct row {
    ec code;
    StatusCode status;
  };
  const row rows[] = {
    {ec::not_found, StatusCode::NOT_FOUND},
    {ec::already_exists, StatusCode::ALREADY_EXISTS},
    {ec::failed_precondition, StatusCode::FAILED_PRECONDITION},
    {ec::data_loss, StatusCode::DATA_LOSS},
    {ec::internal, StatusCode::INTERNAL},
    {ec::exhausted, StatusCode::RESOURCE_EXHAUSTED},
    {ec::unavailable, StatusCode::UNAVAILABLE},
  };
  auto code = std::atomic<ec>{};
  auto refuse = [&](const auto& msg) { msg.to.refuse(code, "so it is"); };
  sessions.init = refuse;
  sessions.await = refuse;
  sessions.find = refuse;
  sessions.snapshot = refuse;
  sessions.backup = refuse;
  sessions.dispose = refuse;
  start();
  auto to = content_stub();
  for (const auto& row : rows)
    for (const auto& method : methods) {
      code = row.code;
      auto status = method.call(*to, "s1");
      BOOST_TEST(status.error_code() == row.status, method.name);
      BOOST_TEST(status.error_message() == "so it is");
    }
}

BOOST_AUTO_TEST_CASE(each_call_is_told_and_answered) {
  sessions.init = [](const init_session& msg) { msg.to.give({}); };
  sessions.await = [](const await_session& msg) { msg.to.give({}); };
  sessions.find
    = [](const find_session& msg) { msg.to.give({msg.id == "s1"}); };
  sessions.snapshot = [](const snapshot_session& msg) {
    msg.to.give({msg.return_immediately ? "soon@b" : "done@b"});
  };
  sessions.backup = [](const backup_session& msg) { msg.to.give({"full@b"}); };
  sessions.dispose = [](const dispose_session& msg) {
    auto out = session_disposed{};
    if (msg.backup && msg.backup_logs)
      out.repo = sample_status();
    msg.to.give(out);
  };
  start();
  auto to = content_stub();
  for (const auto& method : methods)
    BOOST_TEST(method.call(*to, "s1").ok(), method.name);

  auto exists = wsdaemon::IsWorkspaceExistsResponse{};
  auto find = wsdaemon::IsWorkspaceExistsRequest{};
  find.set_id("s1");
  call(*to, &content_stub::IsWorkspaceExists, find, exists);
  BOOST_TEST(exists.exists());
  find.set_id("s2");
  call(*to, &content_stub::IsWorkspaceExists, find, exists);
  BOOST_TEST(!exists.exists());

  auto snap = wsdaemon::TakeSnapshotRequest{};
  auto taken = wsdaemon::TakeSnapshotResponse{};
  snap.set_id("s1");
  call(*to, &content_stub::TakeSnapshot, snap, taken);
  BOOST_TEST(taken.url() == "done@b");
  snap.set_return_immediately(true);
  call(*to, &content_stub::TakeSnapshot, snap, taken);
  BOOST_TEST(taken.url() == "soon@b");

  auto dispose = wsdaemon::DisposeWorkspaceRequest{};
  auto disposed = wsdaemon::DisposeWorkspaceResponse{};
  dispose.set_id("s1");
  call(*to, &content_stub::DisposeWorkspace, dispose, disposed);
  BOOST_TEST(!disposed.has_git_status());
  dispose.set_backup(true);
  dispose.set_backup_logs(true);
  call(*to, &content_stub::DisposeWorkspace, dispose, disposed);
  BOOST_TEST(disposed.git_status().branch() == "main");
  BOOST_TEST(disposed.git_status().untracked_files(0) == "new");
}

BOOST_AUTO_TEST_CASE(a_caller_who_goes_is_let_go) {
  auto asked = std::promise<answer<done>>{};
  sessions.await = [&](const await_session& msg) { asked.set_value(msg.to); };
  start();
  auto to = content_stub();
  auto ctx = grpc::ClientContext{};
  auto request = wsdaemon::WaitForInitRequest{};
  auto response = wsdaemon::WaitForInitResponse{};
  request.set_id("s1");
  auto calling = std::async(std::launch::async, [&] {
    return to->WaitForInit(&ctx, request, &response);
  });
  auto kept = asked.get_future().get();
  BOOST_TEST(!kept.is_settled());
  ctx.TryCancel();
  BOOST_TEST(calling.get().error_code() == StatusCode::CANCELLED);
  // The server hears of it by the network, and nobody tells of that.
  auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!kept.is_settled() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  BOOST_TEST(kept.is_settled());
  kept.give({}); // too late, and harmless
}

BOOST_AUTO_TEST_CASE(a_deadline_lets_the_caller_go_too) {
  auto asked = std::promise<answer<done>>{};
  sessions.init = [&](const init_session& msg) { asked.set_value(msg.to); };
  start();
  auto ctx = grpc::ClientContext{};
  ctx.set_deadline(std::chrono::system_clock::now() + 300ms);
  auto response = wsdaemon::InitWorkspaceResponse{};
  auto status = content_stub()->InitWorkspace(&ctx, sample_init(), &response);
  BOOST_TEST(status.error_code() == StatusCode::DEADLINE_EXCEEDED);
  auto kept = asked.get_future().get();
  auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!kept.is_settled() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  BOOST_TEST(kept.is_settled());
}

BOOST_AUTO_TEST_SUITE_END()
