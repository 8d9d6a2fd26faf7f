#include "test/iws/workspace.hpp"

#include <grpcpp/create_channel.h>

#include <sys/stat.h>

#include <chrono>
#include <sstream>

#include "ws-daemon-api/workspace_daemon.grpc.pb.h"

namespace berth::e2e {

using namespace std::chrono_literals;

namespace {

std::string mapping(const std::string& pid, const std::string& lines) {
  return "{\"pid\":" + pid + ",\"mapping\":[" + lines + "]}";
}

constexpr auto no_process = "INVALID_ARGUMENT cannot find PID";
constexpr auto stock = "{\"containerId\":0,\"hostId\":33333,\"size\":1},"
                       "{\"containerId\":1,\"hostId\":100000,\"size\":65534}";

/// One that lets a test ask as often as it likes.
struct patient_workspace : served_workspace {
  patient_workspace()
    : served_workspace(
      ", rate_limits: {/iws.InWorkspaceService/WriteIDMapping: "
      "{bucket_size: 100, refill_interval: 1s}, "
      "/iws.InWorkspaceService/SetupPairVeths: "
      "{bucket_size: 100, refill_interval: 1s}}",
      "runtime: {nfs_hosts: [192.0.2.1]}\n") {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_service_in_a_workspace, served_workspace)

BOOST_AUTO_TEST_CASE(is_there_before_its_first_process_and_goes_with_it) {
  auto ws = run_dir() / "ws" / id;
  for (auto name : {"daemon.sock", "info.sock"}) {
    struct stat found {};
    BOOST_REQUIRE(::stat((ws / name).c_str(), &found) == 0);
    BOOST_TEST(S_ISSOCK(found.st_mode));
  }
  BOOST_TEST(exec(id, {"touch", "/.workspace/x"}).code != 0);
  BOOST_TEST(exec(id, {"rm", "/.workspace/daemon.sock"}).code != 0);
  BOOST_REQUIRE(stop(id, wsman::ABORT).ok());
  await(id, wsman::STOPPED);
  BOOST_TEST(!std::filesystem::exists(ws));
}

BOOST_AUTO_TEST_CASE(tells_what_the_workspace_uses) {
  auto told = call("WorkspaceInfo");
  BOOST_TEST(told.starts_with("OK {\"resources\":{\"cpu\":{\"used\":\""));
  BOOST_TEST(told.find("\"limit\":\"0\"") == std::string::npos);
  BOOST_TEST(
    call("WorkspaceInfoService/WorkspaceInfo", "{}", "/.workspace/info.sock")
      .starts_with("OK {\"resources\""));
  BOOST_TEST(call("WorkspaceInfo", "{}", "/.workspace/info.sock")
               .starts_with("UNIMPLEMENTED"));
}

BOOST_AUTO_TEST_CASE(hears_nobody_from_elsewhere) {
  auto channel = grpc::CreateChannel(
    "unix:" + (run_dir() / "ws" / id / "daemon.sock").native(),
    grpc::InsecureChannelCredentials());
  auto stub = iws::InWorkspaceService::NewStub(channel);
  auto context = grpc::ClientContext{};
  auto response = iws::PrepareForUserNSResponse{};
  auto status = stub->PrepareForUserNS(&context, {}, &response);
  BOOST_TEST((status.error_code() == grpc::StatusCode::PERMISSION_DENIED));
}

BOOST_AUTO_TEST_CASE(limits_mappings_across_a_restart) {
  // How many of twelve, as fast as they come, are looked at.
  auto allowed = [this] {
    auto script = "for i in $(seq 12); do echo \"$0\"; done | iws-call "
                  "/.workspace/daemon.sock";
    auto order = "WriteIDMapping " + mapping("0", stock);
    auto said = exec(id, {"sh", "-c", script, order}).text;
    auto answers = std::istringstream{said};
    auto count = 0;
    for (auto line = std::string{}; std::getline(answers, line);)
      if (line == no_process)
        ++count;
      else
        BOOST_TEST(line == "RESOURCE_EXHAUSTED too many requests");
    return count;
  };
  BOOST_TEST(allowed() >= 4);
  crash();
  begin();
  BOOST_TEST(allowed() < 4); // a full bucket has four
}

BOOST_AUTO_TEST_CASE(wipes_nothing_unless_told_to) {
  BOOST_TEST(call("WipingTeardown", "{\"doWipe\":false}")
             == "OK {\"success\":true}");
  BOOST_TEST(call("WipingTeardown", "{\"doWipe\":true}")
             == "OK {\"success\":true}");
}

BOOST_AUTO_TEST_CASE(serves_again_right_after_a_restart) {
  auto another = start_another();
  crash();
  auto began = std::chrono::steady_clock::now();
  begin();
  BOOST_TEST(call("WipingTeardown", "{\"doWipe\":false}")
             == "OK {\"success\":true}");
  auto took = std::chrono::steady_clock::now() - began;
  BOOST_TEST_MESSAGE("the first call after "
                     << std::chrono::duration<double>{took}.count() << " s");
  BOOST_TEST(end() == 0);
  begin();
  BOOST_TEST(call("WipingTeardown", "{\"doWipe\":false}")
             == "OK {\"success\":true}");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(the_service_refuses, patient_workspace)

BOOST_AUTO_TEST_CASE(processes_that_are_not_in_the_workspace) {
  auto other = start_another();
  for (auto pid : {"0", "-1", "2147483648", "9223372036854775807", "999999"}) {
    BOOST_TEST(call("WriteIDMapping", mapping(pid, stock)) == no_process);
    BOOST_TEST(call("SetupPairVeths", std::string{"{\"pid\":"} + pid + "}")
               == no_process);
  }
  BOOST_TEST(call("MountProc", "{\"pid\":999999,\"target\":\"/tmp\"}")
             == no_process);
  // What it calls 1 is its own: in no namespace that may be mapped.
  BOOST_TEST(call("WriteIDMapping", mapping("1", stock))
             == "FAILED_PRECONDITION cannot write mapping");
}

BOOST_AUTO_TEST_CASE(ids_that_are_not_the_workspaces) {
  for (auto lines : {
         "",
         "{\"containerId\":0,\"hostId\":0,\"size\":1}",
         "{\"containerId\":0,\"hostId\":33333,\"size\":2}",
         "{\"containerId\":1,\"hostId\":99999,\"size\":1}",
         "{\"containerId\":1,\"hostId\":100000,\"size\":70001}",
         "{\"containerId\":1,\"hostId\":165000,\"size\":10000}",
         "{\"containerId\":1,\"hostId\":4294967295,\"size\":2}",
       })
    BOOST_TEST(call("WriteIDMapping", mapping("1", lines))
               == "INVALID_ARGUMENT mapping is out of range");
}

BOOST_AUTO_TEST_CASE(nfs_but_from_servers_that_the_operator_names) {
  auto answer = call("MountNfs", "{\"pid\":1,\"target\":\"/tmp\",\"source\":"
                                 "\"/\",\"args\":\"bind\"}");
  BOOST_TEST(answer == "INVALID_ARGUMENT cannot mount nfs");
  answer = call("MountNfs", "{\"pid\":1,\"target\":\"/tmp\",\"source\":"
                            "\"10.1.2.3:/x\",\"args\":\"vers=4\"}");
  BOOST_TEST(answer == "PERMISSION_DENIED cannot mount nfs");
  if (run({"/bin/grep", "-q", "nfs4", "/proc/filesystems"}).code == 0)
    return; // there is no such server, and waiting for it takes long
  answer = call("MountNfs", "{\"pid\":1,\"target\":\"/tmp\",\"source\":"
                            "\"192.0.2.1:/x\",\"args\":\"vers=4\"}");
  BOOST_TEST(answer == "FAILED_PRECONDITION cannot mount nfs");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::e2e
