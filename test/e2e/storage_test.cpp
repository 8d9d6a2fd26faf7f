#include "test/e2e/archives.hpp"
#include "test/objects/fault_proxy.hpp"
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

/// A store in front of which somebody may pull the plug.
struct s3_fixture {
  explicit s3_fixture(const std::string& more = "")
    : node(section(store) + more) {
    node.import_base();
  }

  test::s3_server server;
  test::fault_proxy proxy{server.port()};
  s3::settings store = server.make_bucket(proxy.port());
  service node;
};

struct impatient_fixture : s3_fixture {
  impatient_fixture()
    : s3_fixture("timeouts: {content_finalization: 24s, stopping: 40s, "
                 "stopped_retention: 30m}\n") {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(s3_storage, s3_fixture)

BOOST_AUTO_TEST_CASE(what_was_written_is_there_when_a_workspace_starts_again) {
  auto request = service::request(fresh_id());
  running(node, request);
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
  running(node, again);
  BOOST_TEST(node.exec(again.id(), {"cat", "/workspace/file"}).text
             == "kept\n");

  auto other = restored(taken.url());
  running(node, other);
  BOOST_TEST(node.exec(other.id(), {"cat", "/workspace/file"}).text
             == "kept\n");
}

BOOST_FIXTURE_TEST_CASE(a_backup_waits_for_a_store_that_is_down,
                        impatient_fixture) {
  auto request = service::request(fresh_id());
  const auto& id = request.id();
  running(node, request);
  node.exec(id, {"sh", "-c", "echo kept > /workspace/file"});
  auto content = node.state() / "content" / id;
  auto tree = tree_of(content);
  proxy.set([](const auto&) { return test::fault{test::fault::kind::refuse}; });
  BOOST_REQUIRE(node.stop(id).ok());
  await_message(node, id, "the backup waits: the store:");
  BOOST_TEST(tree_of(content) == tree);
  node.crash();
  node.begin();
  auto status = node.describe(id);
  BOOST_REQUIRE(status);
  BOOST_TEST(status->phase() == wsman::STOPPING);
  BOOST_TEST(tree_of(content) == tree);

  proxy.set(nullptr);
  auto stopped = node.await(id, wsman::STOPPED);
  BOOST_TEST(stopped.conditions().failed() == "");
  BOOST_TEST(stopped.conditions().final_backup_complete() == wsman::TRUE);
  BOOST_TEST(stopped.message() == "");
  BOOST_TEST(!std::filesystem::exists(content));
  auto again = service::request(fresh_id());
  again.mutable_metadata()->set_meta_id(request.metadata().meta_id());
  running(node, again);
  BOOST_TEST(node.exec(again.id(), {"cat", "/workspace/file"}).text
             == "kept\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::e2e
