#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

namespace berth::e2e {

namespace {

namespace fs = std::filesystem;

/// One whose workspaces do not wait long for a storage that is gone.
struct impatient_service : furnished_service {
  impatient_service()
    : furnished_service("timeouts: {content_finalization: 12s, stopping: 13s, "
                        "stopped_retention: 30m}\n") {}

  v1::ListQuarantineResponse quarantine() {
    grpc::ClientContext context;
    v1::ListQuarantineResponse found;
    auto status
      = node().ListQuarantine(&context, v1::ListQuarantineRequest{}, &found);
    BOOST_REQUIRE_MESSAGE(status.ok(), status.error_message());
    return found;
  }

  v1::NodeInfoResponse info() {
    grpc::ClientContext context;
    v1::NodeInfoResponse found;
    BOOST_REQUIRE(node().NodeInfo(&context, {}, &found).ok());
    return found;
  }
};

/// One whose disk is never empty enough.
struct crowded_service : furnished_service {
  crowded_service() : furnished_service("content: {min_free_space: 1Pi}\n") {}
};

} // namespace

BOOST_FIXTURE_TEST_CASE(what_could_not_be_saved_comes_back_by_a_word,
                        impatient_service) {
  auto first = request(fresh_id());
  BOOST_REQUIRE(start(first).ok());
  auto status = await(first.id(), wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                        status.conditions().failed());
  exec(first.id(), {"sh", "-c", "echo precious > /workspace/file"});
  // The storage is gone: no directory, and none can be made.
  fs::rename(state() / "objects", state() / "objects.away");
  run({"/usr/bin/touch", (state() / "objects").native()});
  BOOST_REQUIRE(stop(first.id()).ok());
  status = await(first.id(), wsman::STOPPED);
  BOOST_TEST(status.conditions().final_backup_complete() == wsman::FALSE);
  BOOST_TEST(status.conditions().failed().starts_with("Backup failed"));
  fs::remove(state() / "objects");
  fs::rename(state() / "objects.away", state() / "objects");

  auto kept = quarantine();
  BOOST_REQUIRE_EQUAL(kept.contents_size(), 1);
  BOOST_TEST(kept.contents(0).instance_id() == first.id());
  BOOST_TEST(kept.contents(0).owner() == first.metadata().owner());
  BOOST_TEST(kept.contents(0).meta_id() == first.metadata().meta_id());
  BOOST_TEST(kept.contents(0).why().starts_with("Backup failed"));
  grpc::ClientContext context;
  v1::RestoreQuarantinedRequest wanted;
  wanted.set_name(kept.contents(0).name());
  v1::RestoreQuarantinedResponse made;
  auto restored = node().RestoreQuarantined(&context, wanted, &made);
  BOOST_REQUIRE_MESSAGE(restored.ok(), restored.error_message());

  auto second = request(fresh_id());
  second.mutable_metadata()->set_meta_id(first.metadata().meta_id());
  BOOST_REQUIRE(start(second).ok());
  status = await(second.id(), wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                        status.conditions().failed());
  BOOST_TEST(exec(second.id(), {"cat", "/workspace/file"}).text
             == "precious\n");
  grpc::ClientContext removing;
  v1::RemoveQuarantinedRequest unwanted;
  unwanted.set_name(wanted.name());
  v1::RemoveQuarantinedResponse removed;
  BOOST_TEST(node().RemoveQuarantined(&removing, unwanted, &removed).ok());
  BOOST_TEST(quarantine().contents_size() == 0);
  BOOST_TEST(info().shortage() == "");
}

BOOST_FIXTURE_TEST_CASE(nothing_starts_on_a_full_disk, crowded_service) {
  auto refused = start(request(fresh_id()));
  BOOST_TEST(refused.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  BOOST_TEST(refused.error_message().find("content.min_free_space")
             != std::string::npos);
  BOOST_TEST(list().empty());
  grpc::ClientContext context;
  v1::DoctorResponse found;
  BOOST_REQUIRE(node().Doctor(&context, v1::DoctorRequest{}, &found).ok());
  for (const auto& check : found.checks())
    if (check.name() == "disk")
      BOOST_TEST(check.level() == v1::DoctorCheck::FAILURE);
}

} // namespace berth::e2e
