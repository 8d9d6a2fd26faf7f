#include "test/e2e/service.hpp"
#include "test/support/s3_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

/// Backups and snapshots in a real S3 server.
namespace berth::e2e {

namespace {

std::string section(const s3::settings& store) {
  return "storage: {kind: s3, endpoint: \"" + store.endpoint + "\", bucket: "
         + store.bucket + ", access_key_file: " + store.access_key_file.native()
         + ", secret_key_file: " + store.secret_key_file.native() + "}\n";
}

struct s3_fixture {
  void start(const wsman::StartWorkspaceRequest& request) {
    auto started = node.start(request);
    BOOST_REQUIRE_MESSAGE(started.ok(), started.error_message());
    auto status = node.await(request.id(), wsman::RUNNING);
    BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                          status.conditions().failed() + "\n"
                            + node.log_text());
  }

  test::s3_server server;
  s3::settings store = server.make_bucket();
  service node{section(store)};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(s3_storage, s3_fixture)

BOOST_AUTO_TEST_CASE(what_was_written_is_there_when_a_workspace_starts_again) {
  node.import_base();
  auto request = service::request(fresh_id());
  start(request);
  auto written
    = node.exec(request.id(), {"sh", "-c", "echo kept > /workspace/file"});
  BOOST_REQUIRE_MESSAGE(written.code == 0, written.text);

  auto context = grpc::ClientContext{};
  auto asked = wsman::TakeSnapshotRequest{};
  asked.set_id(request.id());
  auto taken = wsman::TakeSnapshotResponse{};
  auto status = node.manager().TakeSnapshot(&context, asked, &taken);
  BOOST_REQUIRE_MESSAGE(status.ok(), status.error_message());
  BOOST_TEST(taken.url().starts_with("anna/workspaces/meta-" + request.id()
                                     + "/snapshot-"));
  BOOST_TEST(taken.url().ends_with("@" + store.bucket));

  BOOST_REQUIRE(node.stop(request.id()).ok());
  auto stopped = node.await(request.id(), wsman::STOPPED);
  BOOST_TEST(stopped.conditions().failed() == "");
  BOOST_TEST(stopped.conditions().final_backup_complete() == wsman::TRUE);

  auto again = service::request(fresh_id());
  again.mutable_metadata()->set_meta_id(request.metadata().meta_id());
  start(again);
  BOOST_TEST(node.exec(again.id(), {"cat", "/workspace/file"}).text
             == "kept\n");

  auto other = service::request(fresh_id());
  other.mutable_spec()->mutable_initializer()->mutable_snapshot()->set_snapshot(
    taken.url());
  start(other);
  BOOST_TEST(node.exec(other.id(), {"cat", "/workspace/file"}).text
             == "kept\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::e2e
