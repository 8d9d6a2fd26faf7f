#include "test/e2e/content_daemon.hpp"

#include <future>

using namespace berth;
using namespace berth::e2e;
using grpc::StatusCode;

BOOST_FIXTURE_TEST_SUITE(content_service, content_daemon)

BOOST_AUTO_TEST_CASE(a_content_from_its_first_byte_to_its_next_life) {
  auto id = fresh_id();
  auto made = init_git(id, "meta-1");
  BOOST_REQUIRE_MESSAGE(made.ok(), made.error_message() + "\n" + log_text());
  BOOST_TEST(wait(id).ok());
  BOOST_TEST(exists(id));
  BOOST_TEST(
    (init_git(id, "meta-1").error_code() == StatusCode::ALREADY_EXISTS));
  BOOST_TEST(read(place(id) / "project/README.md") == "hello\n");
  BOOST_TEST(read(place(id) / ".gitpod/ready").find("from-other")
             != std::string::npos);
  write(id, "project/typed.txt", "by a user");

  auto snap = wsdaemon::TakeSnapshotRequest{};
  auto taken = wsdaemon::TakeSnapshotResponse{};
  snap.set_id(id);
  auto snapped = call(&daemon_stub::TakeSnapshot, snap, taken);
  BOOST_REQUIRE_MESSAGE(snapped.ok(), snapped.error_message());

  auto ended = wsdaemon::DisposeWorkspaceResponse{};
  auto disposed = dispose(id, true, ended);
  BOOST_REQUIRE_MESSAGE(disposed.ok(), disposed.error_message());
  BOOST_TEST(ended.git_status().branch() == "main");
  BOOST_REQUIRE(ended.git_status().untracked_files_size() == 1);
  BOOST_TEST(ended.git_status().untracked_files(0) == "typed.txt");
  BOOST_TEST(!std::filesystem::exists(place(id)));
  BOOST_TEST(!exists(id));

  // Whatever it is asked for, the backup comes first.
  auto next = fresh_id();
  BOOST_REQUIRE(init(request_of(next, "meta-1")).ok());
  BOOST_TEST(read(place(next) / "project/typed.txt") == "by a user");
  BOOST_TEST(read(place(next) / ".gitpod/ready").find("from-backup")
             != std::string::npos);
  // Without a backup a git status is told all the same.
  BOOST_TEST(dispose(next, false, ended).ok());
  BOOST_TEST(!std::filesystem::exists(place(next)));

  auto from_snapshot = request_of(fresh_id(), "meta-2");
  from_snapshot.mutable_initializer()->mutable_snapshot()->set_snapshot(
    taken.url());
  BOOST_REQUIRE(init(from_snapshot).ok());
  BOOST_TEST(read(place(from_snapshot.id()) / "project/typed.txt")
             == "by a user");
  BOOST_TEST(dispose(from_snapshot.id(), false).ok());
}

BOOST_AUTO_TEST_CASE(a_discarded_clone_tells_its_git_status_too) {
  auto id = fresh_id();
  BOOST_REQUIRE(init_git(id, "meta-1").ok());
  write(id, "project/typed.txt", "by a user");
  auto ended = wsdaemon::DisposeWorkspaceResponse{};
  BOOST_TEST(dispose(id, false, ended).ok());
  BOOST_TEST(ended.git_status().total_untracked_files() == 1);
}

BOOST_AUTO_TEST_CASE(what_fails_leaves_nothing) {
  auto id = fresh_id();
  auto request = request_of(id, "meta-1");
  request.mutable_initializer()->mutable_backup();
  BOOST_TEST((init(request).error_code() == StatusCode::INTERNAL));
  request.mutable_initializer()->mutable_snapshot()->set_snapshot(
    "workspaces/meta-1/snapshot-1.tar.zst@gitpod-user-anna");
  BOOST_TEST((init(request).error_code() == StatusCode::NOT_FOUND));
  request.set_remote_storage_disabled(true);
  BOOST_TEST((init(request).error_code() == StatusCode::INTERNAL));
  BOOST_TEST(!exists(id));
  BOOST_TEST(!std::filesystem::exists(place(id)));
  request.clear_initializer();
  BOOST_TEST(init(request).ok());
  BOOST_TEST(
    (dispose(id, true).error_code() == StatusCode::FAILED_PRECONDITION));
  BOOST_TEST(
    (start(service::request(id)).error_code() == StatusCode::ALREADY_EXISTS));
  BOOST_TEST(dispose(id, false).ok());
}

BOOST_AUTO_TEST_CASE(a_crash_during_init_lets_the_caller_begin_again) {
  auto id = fresh_id();
  server.hold();
  auto calling
    = std::async(std::launch::async, [&] { return init_git(id, "meta-1"); });
  while (!exists(id))
    std::this_thread::yield();
  crash();
  BOOST_TEST(!calling.get().ok());
  server.go_on();
  begin();
  auto again = init_git(id, "meta-1");
  BOOST_TEST(again.ok(), again.error_message());
  BOOST_TEST(read(place(id) / "project/README.md") == "hello\n");
  BOOST_TEST(quarantine_is_empty());
  BOOST_TEST(dispose(id, false).ok());
}

BOOST_AUTO_TEST_CASE(a_ready_content_is_ready_after_a_crash) {
  auto id = fresh_id();
  BOOST_REQUIRE(init_git(id, "meta-1").ok());
  write(id, "project/typed.txt", "by a user");
  crash();
  begin();
  BOOST_TEST(wait(id).ok());
  BOOST_TEST(read(place(id) / "project/typed.txt") == "by a user");
  auto ended = wsdaemon::DisposeWorkspaceResponse{};
  BOOST_TEST(dispose(id, true, ended).ok());
  BOOST_TEST(ended.git_status().branch() == "main");
}

BOOST_AUTO_TEST_CASE(a_crash_during_dispose_loses_nothing) {
  for (int round = 0; round < 3; ++round) {
    auto id = fresh_id();
    auto meta = "meta-" + id;
    BOOST_REQUIRE(init_git(id, meta).ok());
    write(id, "project/typed.txt", "by a user");
    write(id, "bulk", std::string(size_t{8} << 20, 'x'));
    auto calling
      = std::async(std::launch::async, [&] { return dispose(id, true); });
    // It is on its way, however far it comes.
    while (wait(id).ok())
      std::this_thread::yield();
    crash();
    (void)calling.get();
    begin();
    auto again = dispose(id, true);
    BOOST_TEST((again.ok() || again.error_code() == StatusCode::NOT_FOUND),
               again.error_message());
    BOOST_TEST(!std::filesystem::exists(place(id)));
    auto next = fresh_id();
    BOOST_REQUIRE(init(request_of(next, meta)).ok());
    BOOST_TEST(read(place(next) / "project/typed.txt") == "by a user");
    BOOST_TEST(dispose(next, false).ok());
  }
  BOOST_TEST(quarantine_is_empty());
}

BOOST_AUTO_TEST_SUITE_END()
