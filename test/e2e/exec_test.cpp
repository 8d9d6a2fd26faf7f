#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace berth;
using namespace berth::e2e;

namespace {

constexpr size_t much = size_t{40} << 20;
constexpr size_t chunk_size = size_t{64} << 10;

struct running_workspace : furnished_service {
  running_workspace() {
    BOOST_REQUIRE(start(request(id)).ok());
    BOOST_REQUIRE(await(id, wsman::RUNNING).phase() == wsman::RUNNING);
    context.set_deadline(std::chrono::system_clock::now()
                         + std::chrono::minutes{2});
  }

  /// A shell that nobody has sent anything or heard yet.
  void begin(const std::string& script) {
    stream = node().Exec(&context);
    auto first = v1::ExecRequest{};
    auto& what = *first.mutable_start();
    what.set_id(id);
    for (auto word : {"sh", "-c", script.c_str()})
      what.add_command(word);
    BOOST_REQUIRE(stream->Write(first));
  }

  /// What it says until its end, and its exit code.
  outcome hear() {
    auto out = outcome{};
    auto response = v1::ExecResponse{};
    while (stream->Read(&response)) {
      out.text += response.stdout() + response.stderr();
      if (response.event_case() == v1::ExecResponse::kExitCode)
        out.code = response.exit_code();
    }
    auto status = stream->Finish();
    BOOST_TEST(status.ok(), status.error_message());
    return out;
  }

  std::string id = fresh_id();
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ExecRequest, v1::ExecResponse>>
    stream;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(executions, running_workspace)

BOOST_AUTO_TEST_CASE(wait_for_a_client_that_reads_late) {
  begin("head -c " + std::to_string(much) + " /dev/zero");
  for (auto i = 0; i < 10; ++i)
    BOOST_TEST(exec(id, {"true"}).code == 0);
  auto heard = hear();
  BOOST_TEST(heard.code == 0);
  BOOST_TEST(heard.text.size() == much);
}

BOOST_AUTO_TEST_CASE(have_their_client_wait_until_they_read) {
  begin("until [ -e /workspace/go ]; do :; done; wc -c");
  auto typist = std::thread{[&] {
    auto request = v1::ExecRequest{};
    request.set_input(std::string(chunk_size, 'x'));
    for (size_t sent = 0; sent < much; sent += chunk_size)
      if (!stream->Write(request))
        return;
    request.set_input_end(true);
    stream->Write(request);
  }};
  for (auto i = 0; i < 10; ++i)
    BOOST_TEST(exec(id, {"true"}).code == 0);
  BOOST_TEST(exec(id, {"touch", "/workspace/go"}).code == 0);
  auto heard = hear();
  typist.join();
  BOOST_TEST(heard.code == 0);
  BOOST_TEST(heard.text == std::to_string(much) + "\n");
}

BOOST_AUTO_TEST_CASE(go_before_process_1_when_memory_runs_out) {
  auto seen
    = exec(id, {"cat", "/proc/self/oom_score_adj", "/proc/1/oom_score_adj"});
  BOOST_TEST(seen.text == "600\n500\n");
}

BOOST_AUTO_TEST_SUITE_END()
