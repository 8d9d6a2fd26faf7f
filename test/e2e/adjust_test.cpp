#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace berth::e2e;

namespace {

struct adjusted_service : furnished_service {
  /// Starts a workspace and waits until it runs; its id.
  std::string run_one(const std::string& meta_id = "") {
    auto wanted = request(fresh_id());
    if (!meta_id.empty())
      wanted.mutable_metadata()->set_meta_id(meta_id);
    BOOST_REQUIRE(start(wanted).ok());
    auto status = await(wanted.id(), wsman::RUNNING);
    BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                          status.conditions().failed());
    return wanted.id();
  }

  template <class Request, class Response>
  void need(grpc::Status (wsman::WorkspaceManager::Stub::*method)(
              grpc::ClientContext*, const Request&, Response*),
            const Request& request, Response& response) {
    auto context = grpc::ClientContext{};
    auto status = (manager().*method)(&context, request, &response);
    BOOST_REQUIRE_MESSAGE(status.ok(), status.error_message());
  }

  std::string snapshot_of(const std::string& id, bool return_immediately) {
    auto ask = wsman::TakeSnapshotRequest{};
    ask.set_id(id);
    ask.set_return_immediately(return_immediately);
    auto taken = wsman::TakeSnapshotResponse{};
    need(&wsman::WorkspaceManager::Stub::TakeSnapshot, ask, taken);
    return taken.url();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(adjustments, adjusted_service)

BOOST_AUTO_TEST_CASE(what_was_changed_is_shown_and_outlives_a_crash) {
  using stub = wsman::WorkspaceManager::Stub;
  auto id = run_one();
  auto before = *describe(id);
  auto port = wsman::ControlPortRequest{};
  port.set_id(id);
  port.set_expose(true);
  port.mutable_spec()->set_port(3000);
  port.mutable_spec()->set_visibility(wsman::PORT_VISIBILITY_PUBLIC);
  auto ported = wsman::ControlPortResponse{};
  need(&stub::ControlPort, port, ported);
  auto timeout = wsman::SetTimeoutRequest{};
  timeout.set_id(id);
  timeout.set_duration("90m");
  auto timed = wsman::SetTimeoutResponse{};
  need(&stub::SetTimeout, timeout, timed);
  auto admission = wsman::ControlAdmissionRequest{};
  admission.set_id(id);
  admission.set_level(wsman::ADMIT_EVERYONE);
  auto admitted = wsman::ControlAdmissionResponse{};
  need(&stub::ControlAdmission, admission, admitted);
  auto keys = wsman::UpdateSSHKeyRequest{};
  keys.set_id(id);
  keys.add_keys("ssh-ed25519 AAAA anna");
  auto keyed = wsman::UpdateSSHKeyResponse{};
  need(&stub::UpdateSSHKey, keys, keyed);

  auto check = [&] {
    auto now = *describe(id);
    BOOST_TEST((now.phase() == wsman::RUNNING));
    BOOST_TEST(now.status_version() >= before.status_version() + 4);
    BOOST_TEST(now.spec().timeout() == "1h30m0s");
    BOOST_TEST(now.spec().closed_timeout() == "0s");
    BOOST_TEST((now.auth().admission() == wsman::ADMIT_EVERYONE));
    BOOST_REQUIRE(now.spec().exposed_ports_size() == 1);
    const auto& shown = now.spec().exposed_ports(0);
    BOOST_TEST(shown.port() == 3000u);
    BOOST_TEST((shown.visibility() == wsman::PORT_VISIBILITY_PUBLIC));
    BOOST_TEST(
      shown.url().starts_with("http://3000-" + now.metadata().meta_id() + "."),
      shown.url());
    BOOST_TEST(exec(id, {"cat", "/.workspace/authorized_keys"}).text
               == "ssh-ed25519 AAAA anna\n");
  };
  check();
  crash();
  begin();
  check();
}

BOOST_AUTO_TEST_CASE(a_backup_of_a_running_workspace_is_what_it_was_then) {
  auto first = run_one();
  auto meta_id = describe(first)->metadata().meta_id();
  exec(first, {"sh", "-c", "echo one > /workspace/kept"});
  auto ask = wsman::BackupWorkspaceRequest{};
  ask.set_id(first);
  auto taken = wsman::BackupWorkspaceResponse{};
  need(&wsman::WorkspaceManager::Stub::BackupWorkspace, ask, taken);
  BOOST_TEST(taken.url().starts_with("workspaces/" + meta_id + "/full.tar"));
  exec(first, {"sh", "-c", "echo two > /workspace/lost"});
  BOOST_REQUIRE(stop(first, wsman::ABORT).ok());
  await(first, wsman::STOPPED);

  auto second = run_one(meta_id);
  BOOST_TEST(exec(second, {"cat", "/workspace/kept"}).text == "one\n");
  BOOST_TEST(exec(second, {"cat", "/workspace/lost"}).code != 0);
}

BOOST_AUTO_TEST_CASE(a_snapshot_comes_to_be_under_the_name_it_was_given) {
  auto first = run_one();
  exec(first, {"sh", "-c", "echo x > /workspace/x"});
  auto name = snapshot_of(first, true);
  // Joins it, or comes after it.
  snapshot_of(first, false);
  auto second = request(fresh_id());
  second.mutable_spec()
    ->mutable_initializer()
    ->mutable_snapshot()
    ->set_snapshot(name);
  BOOST_REQUIRE(start(second).ok());
  auto reached = await(second.id(), wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(reached.phase() == wsman::RUNNING,
                        reached.conditions().failed());
  BOOST_TEST(exec(second.id(), {"cat", "/workspace/x"}).text == "x\n");
}

BOOST_AUTO_TEST_SUITE_END()
