#include "test/e2e/service.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <fstream>
#include <sstream>

using namespace berth;
using namespace berth::e2e;

namespace {

/// What the operator keeps for image builds.
std::string pull_secret() {
  auto file = std::filesystem::temp_directory_path()
              / ("berth-pull-secret-" + fresh_id());
  std::ofstream{file} << "{\"auths\": {}}\n";
  return file;
}

struct headless_service : furnished_service {
  explicit headless_service(std::string secret = pull_secret())
    : furnished_service(
      "secrets: {pull-secret/.dockerconfigjson: {file: " + secret + "}}\n"),
      secret_(std::move(secret)) {}
  headless_service(const headless_service&) = delete;
  headless_service& operator=(const headless_service&) = delete;
  ~headless_service() { std::filesystem::remove(secret_); }

  wsman::StartWorkspaceRequest headless(wsman::WorkspaceType type,
                                        const std::string& tasks) const {
    auto out = request(fresh_id());
    out.set_type(type);
    auto& var = *out.mutable_spec()->add_envvars();
    var.set_name("GITPOD_TASKS");
    var.set_value(tasks);
    return out;
  }

  /// Where the object of a qualified name lies.
  std::filesystem::path object(const std::string& qualified) const {
    auto at = qualified.find('@');
    return state() / "objects" / qualified.substr(at + 1)
           / qualified.substr(0, at);
  }

  std::string task_log(const wsman::StartWorkspaceRequest& of,
                       const std::string& task) const {
    auto file = object("workspaces/" + of.metadata().meta_id() + "/instances/"
                       + of.id() + "/logs/" + task + "@gitpod-user-anna");
    auto text = std::stringstream{};
    text << std::ifstream{file}.rdbuf();
    return text.str();
  }

  std::string output_of(const wsman::StartWorkspaceRequest& request,
                        std::vector<std::string> command) {
    auto begun = start(request);
    BOOST_REQUIRE_MESSAGE(begun.ok(), begun.error_message());
    auto status = await(request.id(), wsman::RUNNING);
    BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                          status.conditions().failed());
    return exec(request.id(), std::move(command)).text;
  }

private:
  std::filesystem::path secret_;
};

void add_git(contentservice::GitInitializer& git, const std::string& url) {
  git.set_remote_uri(url);
  git.set_checkout_location("project");
  git.mutable_config()->set_authentication(contentservice::NO_AUTH);
}

wsman::StartWorkspaceRequest from_snapshot(const std::string& snapshot) {
  auto out = service::request(fresh_id());
  auto& initializer = *out.mutable_spec()->mutable_initializer();
  initializer.mutable_snapshot()->set_snapshot(snapshot);
  return out;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(headless, headless_service)

BOOST_AUTO_TEST_CASE(what_a_prebuild_made_is_there_in_later_workspaces) {
  auto server = git_server{dir()};
  auto prebuild = headless(
    wsman::PREBUILD,
    R"([{"before":"test $(id -u) = )" + workspace_uid()
      + R"(","init":"echo built > built.txt; echo to the log","command":"echo last"},)"
        R"({"init":"echo other; echo >&2 worse"}])");
  add_git(*prebuild.mutable_spec()->mutable_initializer()->mutable_git(),
          server.url());
  auto announced = std::string{};
  auto life = watch_life(prebuild, [&](const auto& status) {
    const auto& snapshot = status.conditions().snapshot();
    if (snapshot.empty())
      return;
    // From the moment on that it is told it can be restored, for ever.
    BOOST_TEST(std::filesystem::exists(object(snapshot)));
    BOOST_TEST((announced.empty() || announced == snapshot));
    BOOST_TEST((!announced.empty() || status.phase() == wsman::STOPPING));
    announced = snapshot;
  });
  const auto& last = life.back();
  BOOST_TEST(last.conditions().failed() == "");
  BOOST_TEST(last.conditions().headless_task_failed() == "");
  BOOST_TEST(last.conditions().snapshot() == announced);
  BOOST_REQUIRE(!announced.empty());
  BOOST_TEST(last.conditions().final_backup_complete() == wsman::TRUE);
  BOOST_TEST(last.conditions().stopped_by_request() == wsman::FALSE);
  BOOST_TEST(last.spec().headless());
  BOOST_TEST(task_log(prebuild, "0") == "to the log\nlast\n");
  BOOST_TEST(task_log(prebuild, "1") == "other\nworse\n");

  auto opened = request(fresh_id());
  auto& initializer
    = *opened.mutable_spec()->mutable_initializer()->mutable_prebuild();
  initializer.mutable_prebuild()->set_snapshot(announced);
  add_git(*initializer.add_git(), server.url());
  BOOST_TEST(output_of(opened, {"cat", "/workspace/project/built.txt"})
             == "built\n");
  BOOST_TEST(
    output_of(from_snapshot(announced), {"cat", "/workspace/project/built.txt"})
    == "built\n");
}

BOOST_AUTO_TEST_CASE(a_failed_task_keeps_what_was_made_and_says_so) {
  auto prebuild
    = headless(wsman::PREBUILD, R"([{"init":"echo kept > kept"},)"
                                R"({"command":"echo sorry; exit 7"}])");
  auto life = watch_life(prebuild, [](const auto& status) {
    // A client that judges by the first text takes the snapshot from there.
    if (!status.conditions().headless_task_failed().empty())
      BOOST_TEST(!status.conditions().snapshot().empty());
  });
  const auto& is = life.back().conditions();
  BOOST_TEST(is.headless_task_failed()
             == "headless task failed: task 1 exited with code 7");
  BOOST_TEST(is.failed() == "");
  BOOST_TEST(is.stopped_by_request() == wsman::FALSE);
  BOOST_TEST(life.at(life.size() - 2).conditions().headless_task_failed()
             == is.headless_task_failed());
  BOOST_TEST(task_log(prebuild, "1") == "sorry\n");
  BOOST_TEST(output_of(from_snapshot(is.snapshot()), {"cat", "/workspace/kept"})
             == "kept\n");
}

BOOST_AUTO_TEST_CASE(a_prebuild_that_is_killed_has_failed) {
  auto prebuild = headless(wsman::PREBUILD, R"([{"init":"sleep 1000"}])");
  auto life = watch_life(prebuild, [this](const auto& status) {
    if (status.phase() != wsman::RUNNING)
      return;
    auto pid = pid_t{0};
    std::ifstream{run_dir() / "ws" / status.id() / "container"} >> pid;
    BOOST_REQUIRE(pid > 1);
    ::kill(pid, SIGKILL);
  });
  BOOST_TEST(life.back().conditions().failed()
             == "container workspace exited with code 137");
}

BOOST_AUTO_TEST_CASE(a_cancelled_prebuild_leaves_nothing) {
  auto prebuild = headless(wsman::PREBUILD, R"([{"init":"sleep 1000"}])");
  auto life = watch_life(prebuild, [this](const auto& status) {
    if (status.phase() == wsman::RUNNING)
      BOOST_REQUIRE(stop(status.id(), wsman::ABORT).ok());
  });
  const auto& is = life.back().conditions();
  BOOST_TEST(is.aborted() == wsman::TRUE);
  BOOST_TEST(is.snapshot() == "");
  BOOST_TEST(is.headless_task_failed() == "");
  BOOST_TEST(is.failed() == "");
  BOOST_TEST(!std::filesystem::exists(state() / "content" / prebuild.id()));
}

BOOST_AUTO_TEST_CASE(an_image_build_and_a_probe_save_nothing) {
  for (auto type : {wsman::IMAGEBUILD, wsman::PROBE}) {
    auto build = headless(type, R"([{"init":"echo x > x; exit 3"}])");
    auto life = watch_life(build);
    const auto& is = life.back().conditions();
    BOOST_TEST(is.headless_task_failed()
               == "headless task failed: task 0 exited with code 3");
    BOOST_TEST(is.failed() == "");
    BOOST_TEST(is.snapshot() == "");
    BOOST_TEST(is.final_backup_complete() == wsman::FALSE);
    BOOST_TEST(task_log(build, "0") == "");
    BOOST_TEST(!std::filesystem::exists(state() / "content" / build.id()));
  }
}

/// As an image builder of its own asks for it, and looks at it.
BOOST_AUTO_TEST_CASE(an_image_build_ends_as_its_builder_expects) {
  auto build = headless(
    wsman::IMAGEBUILD,
    R"([{"name":"build","init":"until [ -s Dockerfile ]; do sleep 0.05; done; test $BOB_BUILD_BASE = true && test \"$WORKSPACEKIT_BOBPROXY_AUTH\" = '{\"auths\": {}}'"}])");
  auto& annotations = *build.mutable_metadata()->mutable_annotations();
  annotations["managed-by"] = "image-builder";
  annotations["ref"] = "r.example/workspace:tag";
  annotations["baseref"] = "r.example/base:tag";
  auto& spec = *build.mutable_spec();
  spec.set_timeout("1h0m0s");
  spec.set_workspace_location("/workspace");
  auto& var = *spec.add_envvars();
  var.set_name("BOB_BUILD_BASE");
  var.set_value("true");
  auto& auth = *spec.add_envvars();
  auth.set_name("WORKSPACEKIT_BOBPROXY_AUTH");
  auth.mutable_secret()->set_secret_name("pull-secret");
  auth.mutable_secret()->set_key(".dockerconfigjson");
  auto life = watch_life(build, [&](const auto& status) {
    if (status.phase() != wsman::RUNNING)
      return;
    std::ofstream{state() / "content" / status.id() / "Dockerfile"}
      << "FROM base\n";
    auto context = grpc::ClientContext{};
    auto asked = wsman::GetWorkspacesRequest{};
    (*asked.mutable_must_match()->mutable_annotations())["managed-by"]
      = "image-builder";
    auto found = wsman::GetWorkspacesResponse{};
    BOOST_TEST(manager().GetWorkspaces(&context, asked, &found).ok());
    BOOST_REQUIRE_EQUAL(found.status_size(), 1);
    const auto& it = found.status(0);
    BOOST_TEST(it.metadata().annotations().at("ref")
               == "r.example/workspace:tag");
    BOOST_TEST(it.metadata().has_started_at());
    BOOST_TEST(!it.spec().url().empty());
    BOOST_TEST(!it.auth().owner_token().empty());
  });
  // Success is STOPPED without either.
  BOOST_TEST(life.back().conditions().failed() == "");
  BOOST_TEST(life.back().conditions().headless_task_failed() == "");
  BOOST_TEST(!std::filesystem::exists(state() / "content" / build.id()));
}

BOOST_AUTO_TEST_CASE(a_prebuild_that_ends_while_the_service_is_down_counts) {
  auto prebuild = headless(
    wsman::PREBUILD,
    R"([{"init":"until [ -e /workspace/go ]; do sleep 0.05; done; echo ok > /workspace/made"}])");
  BOOST_REQUIRE(start(prebuild).ok());
  BOOST_REQUIRE(
    (await(prebuild.id(), wsman::RUNNING).phase() == wsman::RUNNING));
  auto pid = std::string{};
  std::ifstream{run_dir() / "ws" / prebuild.id() / "container"} >> pid;
  crash();
  std::ofstream{state() / "content" / prebuild.id() / "go"} << "now";
  auto ended = run({"/bin/sh", "-c",
                    "for i in $(seq 2000); do kill -0 $0 || exit 0; "
                    "sleep 0.01; done; exit 1",
                    pid});
  BOOST_REQUIRE(ended.code == 0);
  begin();
  auto status = await(prebuild.id(), wsman::STOPPED);
  BOOST_TEST(status.conditions().failed() == "");
  BOOST_REQUIRE(!status.conditions().snapshot().empty());
  BOOST_TEST(output_of(from_snapshot(status.conditions().snapshot()),
                       {"cat", "/workspace/made"})
             == "ok\n");
}

BOOST_AUTO_TEST_SUITE_END()
