#include "grpc_gateway/log_decoder.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

struct node_gateway : gateway_fixture {
  node_gateway() {
    manager.log = [this](const find_log& msg) {
      msg.to.give({directory.path / "log", directory.path / "retained"});
    };
  }
};

using level = gateway::doctor_check::level;

} // namespace

BOOST_FIXTURE_TEST_SUITE(node_service_test, node_gateway)

BOOST_AUTO_TEST_CASE(follows_a_log_until_the_workspace_has_stopped) {
  auto log = std::ofstream{directory.path / "log"};
  log << "2024-01-01T00:00:00Z stdout F one\n2024-01-01T00:00:00Z stderr P t"
      << std::flush;
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  set_deadline(ctx);
  auto request = v1::LogsRequest{};
  request.set_id("w1");
  request.set_follow(true);
  auto reader = stub->Logs(&ctx, request);
  auto response = v1::LogsResponse{};
  BOOST_REQUIRE(reader->Read(&response));
  BOOST_TEST(response.content() == "one\n");
  log << "wo\n2024-01-01T00:00:00Z stderr F !\n" << std::flush;
  BOOST_REQUIRE(reader->Read(&response));
  BOOST_TEST(response.is_stderr());
  BOOST_TEST(response.content() == "two!\n");
  auto record = sample_record();
  record.phase = phase::stopped;
  tell(record);
  BOOST_TEST(!reader->Read(&response));
  BOOST_TEST(reader->Finish().ok());
}

BOOST_AUTO_TEST_CASE(says_that_there_is_no_log) {
  start();
  auto stub = node_stub();
  auto record = sample_record();
  record.phase = phase::stopped;
  for (auto follow : {false, true}) {
    auto ctx = grpc::ClientContext{};
    set_deadline(ctx);
    auto request = v1::LogsRequest{};
    request.set_id("w1");
    request.set_follow(follow);
    auto reader = stub->Logs(&ctx, request);
    if (follow)
      tell(record);
    auto response = v1::LogsResponse{};
    BOOST_TEST(!reader->Read(&response));
    auto status = reader->Finish();
    BOOST_TEST(status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
    BOOST_TEST(status.error_message().starts_with("the workspace has no log"));
  }
}

BOOST_AUTO_TEST_CASE(waits_for_a_log_that_it_follows) {
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  set_deadline(ctx);
  auto request = v1::LogsRequest{};
  request.set_id("w1");
  request.set_follow(true);
  auto reader = stub->Logs(&ctx, request);
  std::ofstream{directory.path / "log"}
    << "2024-01-01T00:00:00Z stdout F one\n";
  auto response = v1::LogsResponse{};
  BOOST_REQUIRE(reader->Read(&response));
  BOOST_TEST(response.content() == "one\n");
}

BOOST_AUTO_TEST_CASE(reads_the_log_of_a_stopped_workspace) {
  std::ofstream{directory.path / "retained"}
    << "2024-01-01T00:00:00Z stdout F one\n";
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  set_deadline(ctx);
  auto reader = stub->Logs(&ctx, {});
  auto response = v1::LogsResponse{};
  BOOST_REQUIRE(reader->Read(&response));
  BOOST_TEST(response.content() == "one\n");
  BOOST_TEST(!reader->Read(&response));
  BOOST_TEST(reader->Finish().ok());
}

BOOST_AUTO_TEST_CASE(reads_a_large_log_to_its_end) {
  {
    auto log = std::ofstream{directory.path / "log"};
    for (auto i = 0; i < 20'000; ++i)
      log << "2024-01-01T00:00:00Z stdout F line " << i << '\n';
  }
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  set_deadline(ctx);
  auto reader = stub->Logs(&ctx, {});
  auto response = v1::LogsResponse{};
  auto text = std::string{};
  while (reader->Read(&response))
    text += response.content();
  BOOST_TEST(reader->Finish().ok());
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 20'000);
  BOOST_TEST(text.ends_with("line 19999\n"));
}

BOOST_AUTO_TEST_CASE(imports_what_was_uploaded) {
  import = [](const import_image& msg)
             ->result<stored_image> {
               auto bytes = std::string(64, '\0');
  auto got = ::read(msg.archive->get(), bytes.data(), bytes.size());
  BOOST_TEST(bytes.substr(0, static_cast<size_t>(got)) == "a tar");
  return stored_image{msg.name, "sha256:0", {"a", "b"}, {}, 5, 1};
};
start();
auto stub = node_stub();
auto ctx = grpc::ClientContext{};
set_deadline(ctx);
auto response = v1::ImportImageResponse{};
auto writer = stub->ImportImage(&ctx, &response);
auto request = v1::ImportImageRequest{};
request.set_name("base");
request.set_chunk("a ");
writer->Write(request);
request.set_chunk("tar");
writer->Write(request);
writer->WritesDone();
BOOST_TEST(writer->Finish().ok());
BOOST_TEST(response.image().name() == "base");
BOOST_TEST(response.image().layers() == 2);
}

BOOST_AUTO_TEST_CASE(imports_nothing_of_a_broken_upload) {
  auto imported = std::atomic<bool>{false};
  import = [&](const import_image&)->result<stored_image> { imported = true;
  return stored_image{};
};
start();
auto stub = node_stub();
for (auto i = 0; i < 20; ++i) {
  auto ctx = grpc::ClientContext{};
  auto response = v1::ImportImageResponse{};
  auto writer = stub->ImportImage(&ctx, &response);
  auto request = v1::ImportImageRequest{};
  request.set_name("base");
  request.set_chunk("a tar");
  writer->Write(request);
  ctx.TryCancel();
  writer->Finish();
}
server->stop(20s);
BOOST_TEST(!imported);
}

BOOST_AUTO_TEST_CASE(lists_and_removes_images) {
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  auto list = v1::ListImagesResponse{};
  BOOST_TEST(stub->ListImages(&ctx, {}, &list).ok());
  BOOST_TEST_REQUIRE(list.images_size() == 2);
  BOOST_TEST(list.images(0).name() == "a");
  auto remove = v1::RemoveImageRequest{};
  auto removed = v1::RemoveImageResponse{};
  remove.set_name("none");
  auto second = grpc::ClientContext{};
  BOOST_TEST(stub->RemoveImage(&second, remove, &removed).error_code()
             == grpc::StatusCode::NOT_FOUND);
}

BOOST_AUTO_TEST_CASE(says_what_the_node_is) {
  manager.get = [](const get_workspaces& msg) {
    auto stopped = sample_record("w2");
    stopped.phase = phase::stopped;
    msg.to.give({std::make_shared<const workspace_record>(sample_record()),
                 std::make_shared<const workspace_record>(stopped)});
  };
  config->runtime.max_workspaces = 5;
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  auto info = v1::NodeInfoResponse{};
  BOOST_TEST(stub->NodeInfo(&ctx, {}, &info).ok());
  BOOST_TEST(info.version() == "1.2.3");
  BOOST_TEST(info.workspaces() == 1);
  BOOST_TEST(info.workspace_capacity() == 5);
  BOOST_TEST(info.memory_bytes() > info.memory_available_bytes());
  BOOST_TEST(info.disk_bytes() > 0u);
  BOOST_TEST(info.address() == server->address());
}

BOOST_AUTO_TEST_CASE(asks_the_doctor_and_survives_what_it_throws) {
  auto calls = 0;
  doctor = [&]() -> std::vector<gateway::doctor_check> {
    if (calls++ > 0)
      throw std::runtime_error{"boom"};
    return {{"cgroups", level::warning, "v1", "use v2"}};
  };
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  auto response = v1::DoctorResponse{};
  BOOST_TEST(stub->Doctor(&ctx, {}, &response).ok());
  BOOST_TEST_REQUIRE(response.checks_size() == 1);
  BOOST_TEST(response.checks(0).level() == v1::DoctorCheck::WARNING);
  BOOST_TEST(response.checks(0).fix() == "use v2");
  auto second = grpc::ClientContext{};
  auto status = stub->Doctor(&second, {}, &response);
  BOOST_TEST(status.error_code() == grpc::StatusCode::INTERNAL);
  BOOST_TEST(status.error_message() == "boom");
}

BOOST_AUTO_TEST_CASE(what_comes_later_is_unimplemented) {
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  auto response = v1::PauseResponse{};
  BOOST_TEST(stub->Pause(&ctx, {}, &response).error_code()
             == grpc::StatusCode::UNIMPLEMENTED);
}

BOOST_AUTO_TEST_CASE(maintenance_is_announced_and_taken_back) {
  start();
  auto stub = node_stub();
  v1::Maintenance found;
  auto set = [&](const char* until) {
    grpc::ClientContext ctx;
    v1::SetMaintenanceRequest request;
    request.set_enabled_until(until);
    return stub->SetMaintenance(&ctx, request, &found).error_code();
  };
  auto get = [&] {
    grpc::ClientContext ctx;
    BOOST_TEST(stub->GetMaintenance(&ctx, {}, &found).ok());
    return found.enabled();
  };
  BOOST_TEST(!get());
  for (auto* wrong : {"tomorrow", "2020-01-01T00:00:00Z"})
    BOOST_TEST(set(wrong) == grpc::StatusCode::INVALID_ARGUMENT, wrong);
  BOOST_TEST(!get());
  BOOST_TEST(set("2261-01-01T00:00:00Z") == grpc::StatusCode::OK);
  BOOST_TEST(get());
  BOOST_TEST(found.enabled_until() == "2261-01-01T00:00:00Z");
  BOOST_TEST(set("") == grpc::StatusCode::OK);
  BOOST_TEST(!get());
}

BOOST_AUTO_TEST_SUITE_END()
