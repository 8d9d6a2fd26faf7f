#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

/// The manager knows the workspace "w1".
struct exec_gateway : gateway_fixture {
  exec_gateway() {
    manager.exec = [this](const exec_in_workspace& msg) {
      if (msg.plan.id != "w1")
        return msg.to.refuse(ec::not_found, "no workspace " + msg.plan.id);
      listener.set_value(msg.listener);
      plan.set_value(msg.plan);
      msg.to.give({});
    };
  }

  static v1::ExecRequest exec_start(const std::string& id) {
    auto request = v1::ExecRequest{};
    request.mutable_start()->set_id(id);
    request.mutable_start()->add_command("/bin/cat");
    (*request.mutable_start()->mutable_env())["A"] = "b";
    return request;
  }

  /// When something of this name first happens to a session, which may be after
  /// the case is over.
  std::future<void> first(const std::string& event) {
    auto happened = std::make_shared<std::promise<void>>();
    auto once = std::make_shared<std::once_flag>();
    session_event = [event, happened, once](const std::string& what) {
      if (what == event)
        std::call_once(*once, [&] { happened->set_value(); });
    };
    return happened->get_future();
  }

  std::promise<session_listener> listener;
  std::promise<exec_plan> plan;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(exec_streams, exec_gateway)

BOOST_AUTO_TEST_CASE(carries_a_session_both_ways) {
  auto typed = std::promise<std::string>{};
  input = [&](const session_input& msg) {
    if (!msg.end)
      typed.set_value(msg.bytes);
  };
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  set_deadline(ctx);
  auto stream = stub->Exec(&ctx);
  stream->Write(exec_start("w1"));
  auto heard = listener.get_future().get();
  BOOST_TEST(plan.get_future().get().argv.front() == "/bin/cat");
  auto request = v1::ExecRequest{};
  request.set_input("hello");
  stream->Write(request);
  BOOST_TEST(typed.get_future().get() == "hello");
  heard.on_output(1, "out");
  heard.on_output(2, "err");
  heard.on_end(3);
  auto response = v1::ExecResponse{};
  BOOST_REQUIRE(stream->Read(&response));
  BOOST_TEST(response.stdout() == "out");
  BOOST_REQUIRE(stream->Read(&response));
  BOOST_TEST(response.stderr() == "err");
  BOOST_REQUIRE(stream->Read(&response));
  BOOST_TEST(response.exit_code() == 3);
  BOOST_TEST(!stream->Read(&response));
  BOOST_TEST(stream->Finish().ok());
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_its_command) {
  auto closed = first("close");
  start();
  {
    auto stub = node_stub();
    auto ctx = grpc::ClientContext{};
    auto stream = stub->Exec(&ctx);
    stream->Write(exec_start("w1"));
    listener.get_future().get();
    ctx.TryCancel();
    stream->Finish();
  }
  BOOST_CHECK(closed.wait_for(20s) == std::future_status::ready);
}

BOOST_AUTO_TEST_CASE(a_session_must_begin_well) {
  start();
  auto stub = node_stub();
  auto end_of = [&](const v1::ExecRequest& first) {
    auto ctx = grpc::ClientContext{};
    set_deadline(ctx);
    auto stream = stub->Exec(&ctx);
    stream->Write(first);
    return stream->Finish().error_code();
  };
  auto request = v1::ExecRequest{};
  request.set_input("x");
  BOOST_TEST(end_of(request) == grpc::StatusCode::INVALID_ARGUMENT);
  request = exec_start("w1");
  request.mutable_start()->clear_command();
  BOOST_TEST(end_of(request) == grpc::StatusCode::INVALID_ARGUMENT);
  BOOST_TEST(end_of(exec_start("w2")) == grpc::StatusCode::NOT_FOUND);
}

BOOST_AUTO_TEST_CASE(a_command_waits_for_a_client_that_does_not_read) {
  auto resumed = first("resume");
  start();
  auto stub = node_stub();
  auto ctx = grpc::ClientContext{};
  set_deadline(ctx);
  auto stream = stub->Exec(&ctx);
  stream->Write(exec_start("w1"));
  auto heard = listener.get_future().get();
  auto pieces = size_t{1};
  while (heard.on_output(1, std::string(64 << 10, 'x')))
    BOOST_REQUIRE(++pieces < 1000);
  auto response = v1::ExecResponse{};
  auto bytes = size_t{0};
  while (bytes < pieces * (64 << 10) && stream->Read(&response))
    bytes += response.stdout().size();
  BOOST_TEST(bytes == pieces * (64 << 10));
  BOOST_CHECK(resumed.wait_for(20s) == std::future_status::ready);
  BOOST_TEST(heard.on_output(1, "y"));
  heard.on_end(0);
  BOOST_REQUIRE(stream->Read(&response));
  BOOST_TEST(response.stdout() == "y");
  BOOST_REQUIRE(stream->Read(&response));
  BOOST_TEST(response.exit_code() == 0);
  BOOST_TEST(!stream->Read(&response));
  BOOST_TEST(stream->Finish().ok());
}

BOOST_AUTO_TEST_SUITE_END()
