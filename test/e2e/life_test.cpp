#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>

using namespace berth;
using namespace berth::e2e;

namespace {

/// One whose clients may clone from `repositories`, where a sandbox has nothing
/// of its own.
struct service_with_own_repositories : furnished_service {
  service_with_own_repositories()
    : furnished_service("content: {allow_file_urls: true}\n"
                        "images: {default_image: base}\n") {
    std::filesystem::create_directories(repositories);
  }
  ~service_with_own_repositories() {
    std::filesystem::remove_all(repositories);
  }

  std::filesystem::path repositories
    = "/srv/berth-e2e-" + std::to_string(::getpid());
};

wsman::StartWorkspaceRequest git_request(const std::string& id,
                                         const std::string& url) {
  auto request = service::request(id);
  auto& git = *request.mutable_spec()->mutable_initializer()->mutable_git();
  git.set_remote_uri(url);
  git.set_target_mode(contentservice::REMOTE_BRANCH);
  git.set_clone_taget("feature");
  git.set_checkout_location("project");
  git.mutable_config()->set_authentication(contentservice::NO_AUTH);
  return request;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(life, furnished_service)

BOOST_AUTO_TEST_CASE(work_survives_a_stop_and_a_start) {
  auto server = git_server{dir()};
  auto first = git_request(fresh_id(), server.url());
  BOOST_REQUIRE(start(first).ok());
  auto status = await(first.id(), wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                        status.conditions().failed());
  BOOST_TEST(status.auth().owner_token().size() == 32u);
  auto done = exec(first.id(), {"sh", "-c",
                                "cd /workspace/project && git branch "
                                "--show-current && echo idea > idea.txt && "
                                "mkdir deep && ln -s ../idea.txt deep/link"});
  BOOST_TEST(done.code == 0);
  BOOST_TEST(done.text == "feature\n");
  BOOST_REQUIRE(stop(first.id()).ok());
  status = await(first.id(), wsman::STOPPED);
  BOOST_TEST(status.conditions().final_backup_complete() == wsman::TRUE);
  BOOST_TEST(status.conditions().failed() == "");
  BOOST_TEST(status.repo().branch() == "feature");
  BOOST_TEST(status.repo().total_untracked_files() == 2);
  BOOST_TEST(!std::filesystem::exists(state() / "content" / first.id()));

  // The same workspace again: its backup wins over the initializer.
  auto second = git_request(fresh_id(), server.url());
  second.mutable_metadata()->set_meta_id(first.metadata().meta_id());
  BOOST_REQUIRE(start(second).ok());
  status = await(second.id(), wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                        status.conditions().failed());
  done = exec(second.id(),
              {"git", "-C", "/workspace/project", "status", "--short"});
  BOOST_TEST(done.text == "?? deep/\n?? idea.txt\n");
  done = exec(second.id(), {"cat", "/workspace/project/deep/link"});
  BOOST_TEST(done.text == "idea\n");
}

BOOST_AUTO_TEST_CASE(a_snapshot_starts_another_workspace) {
  auto first = request(fresh_id());
  BOOST_REQUIRE(start(first).ok());
  await(first.id(), wsman::RUNNING);
  BOOST_TEST(exec(first.id(), {"sh", "-c", "echo x > /workspace/x"}).code == 0);
  auto context = grpc::ClientContext{};
  auto ask = wsman::TakeSnapshotRequest{};
  ask.set_id(first.id());
  auto taken = wsman::TakeSnapshotResponse{};
  auto status = manager().TakeSnapshot(&context, ask, &taken);
  BOOST_REQUIRE_MESSAGE(status.ok(), status.error_message());

  auto second = request(fresh_id());
  second.mutable_spec()
    ->mutable_initializer()
    ->mutable_snapshot()
    ->set_snapshot(taken.url());
  BOOST_REQUIRE(start(second).ok());
  auto reached = await(second.id(), wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(reached.phase() == wsman::RUNNING,
                        reached.conditions().failed());
  BOOST_TEST(exec(second.id(), {"cat", "/workspace/x"}).text == "x\n");
}

BOOST_AUTO_TEST_CASE(a_failed_clone_stops_the_workspace_and_says_why) {
  auto request = git_request(fresh_id(), "http://127.0.0.1:1/none.git");
  BOOST_REQUIRE(start(request).ok());
  auto status = await(request.id(), wsman::STOPPED, std::chrono::seconds{120});
  BOOST_TEST(status.conditions().failed().starts_with(
    "Content initialization failed: "));
  BOOST_TEST(status.conditions().final_backup_complete() == wsman::FALSE);
}

BOOST_AUTO_TEST_CASE(a_repository_of_this_machine_is_not_for_everybody) {
  auto server = git_server{dir()};
  auto request
    = git_request(fresh_id(), "file://" + (dir() / "git/project.git").native());
  auto refused = start(request);
  BOOST_TEST((refused.error_code() == grpc::StatusCode::INVALID_ARGUMENT));
}

BOOST_FIXTURE_TEST_CASE(a_repository_of_this_machine_is_cloned_where_allowed,
                        service_with_own_repositories) {
  auto server = git_server{dir()};
  auto url = "file://" + (repositories / "project.git").native();
  std::filesystem::copy(dir() / "git/project.git", repositories / "project.git",
                        std::filesystem::copy_options::recursive);
  auto request = git_request(fresh_id(), url);
  request.mutable_spec()->clear_workspace_image();
  BOOST_REQUIRE(start(request).ok());
  auto status = await(request.id(), wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                        status.conditions().failed());
  BOOST_TEST(exec(request.id(), {"cat", "/workspace/project/README.md"}).text
             == "hello\nmore\n");
  auto missing = exec(request.id(), {"no-such-command"});
  BOOST_TEST(missing.code == 127);
  BOOST_TEST(missing.text == "no-such-command: command not found\n");
}

BOOST_AUTO_TEST_CASE(a_log_outlives_its_workspace) {
  auto request = service::request(fresh_id());
  BOOST_REQUIRE(start(request).ok());
  await(request.id(), wsman::RUNNING);
  BOOST_REQUIRE(stop(request.id()).ok());
  await(request.id(), wsman::STOPPED);
  auto context = grpc::ClientContext{};
  auto ask = v1::LogsRequest{};
  ask.set_id(request.id());
  auto stream = node().Logs(&context, ask);
  auto piece = v1::LogsResponse{};
  while (stream->Read(&piece)) {
  }
  auto status = stream->Finish();
  BOOST_TEST(status.ok(), status.error_message());
}

BOOST_AUTO_TEST_CASE(an_unknown_image_stops_the_workspace_and_says_why) {
  auto unknown = request(fresh_id());
  unknown.mutable_spec()->set_workspace_image("127.0.0.1:1/nothing:here");
  BOOST_REQUIRE(start(unknown).ok());
  auto status = await(unknown.id(), wsman::STOPPED, std::chrono::seconds{120});
  BOOST_TEST(status.conditions().failed().starts_with("cannot pull image: "));
}

BOOST_AUTO_TEST_CASE(twenty_start_and_stop_at_once) {
  auto ids = std::vector<std::string>{};
  for (int i = 0; i < 20; ++i) {
    ids.push_back(fresh_id());
    BOOST_REQUIRE(start(request(ids.back())).ok());
  }
  auto addresses = std::set<std::string>{};
  for (const auto& id : ids) {
    auto status = await(id, wsman::RUNNING);
    BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                          status.conditions().failed());
    addresses.insert(exec(id, {"hostname"}).text);
  }
  BOOST_TEST(addresses.size() == 20u);
  for (const auto& id : ids)
    BOOST_REQUIRE(stop(id).ok());
  for (const auto& id : ids) {
    auto status = await(id, wsman::STOPPED);
    BOOST_TEST(status.conditions().failed() == "");
    BOOST_TEST(status.conditions().final_backup_complete() == wsman::TRUE);
  }
}

BOOST_AUTO_TEST_CASE(a_repeated_start_is_already_there) {
  auto once = request(fresh_id());
  BOOST_REQUIRE(start(once).ok());
  BOOST_TEST((start(once).error_code() == grpc::StatusCode::ALREADY_EXISTS));
  auto same_meta = request(fresh_id());
  same_meta.mutable_metadata()->set_meta_id(once.metadata().meta_id());
  BOOST_TEST(
    (start(same_meta).error_code() == grpc::StatusCode::ALREADY_EXISTS));
  await(once.id(), wsman::RUNNING);
  BOOST_TEST(list().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_start_changes_nothing) {
  auto hostile = request("../../etc");
  BOOST_TEST(
    (start(hostile).error_code() == grpc::StatusCode::INVALID_ARGUMENT));
  auto empty = wsman::StartWorkspaceRequest{};
  BOOST_TEST((start(empty).error_code() == grpc::StatusCode::INVALID_ARGUMENT));
  BOOST_TEST(list().empty());
  BOOST_TEST(stop("nobody").ok());
}

BOOST_AUTO_TEST_SUITE_END()
