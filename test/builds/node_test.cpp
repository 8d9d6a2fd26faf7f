#include "core/layout.hpp"
#include "test/builds/building.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <future>
#include <set>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != text.npos;
}

/// Cgroups of builds, in whatever hierarchy.
size_t build_cgroups(const e2e::service& node) {
  auto key = layout{node.state(), node.run_dir()}.key();
  auto found
    = e2e::run({"/bin/sh", "-c",
                "find /sys/fs/cgroup -maxdepth 4 -type d -path '*berth/" + key
                  + "/build-*' | wc -l"});
  return std::stoul(found.text);
}

/// Until its first step runs; the build's id.
std::string begin_build_on(building& node, const builder::BuildRequest& what) {
  auto id = std::string{};
  node.build(what, [&](const builder::BuildResponse& told) {
    id = told.info().build_id();
    return !has(told.message(), "STEP 2/2");
  });
  return id;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(builds_on_a_node, sharing<building>,
                         *boost::unit_test::fixture<shared<building>>())

BOOST_AUTO_TEST_CASE(a_dockerfile_becomes_what_a_workspace_runs) {
  auto head
    = node.commit({{"Dockerfile", "FROM base\n"
                                  "ENV GREETING=hello\n"
                                  "LABEL berth.container=compatible\n"
                                  "COPY notes /notes\n"
                                  "RUN echo made by $(id -u) > /made\n"},
                   {"notes", "from the repository\n"}});
  auto what = node.request();
  what.mutable_source()
    ->mutable_file()
    ->mutable_source()
    ->mutable_git()
    ->set_clone_taget(head);
  what.mutable_source()
    ->mutable_file()
    ->mutable_source()
    ->mutable_git()
    ->set_target_mode(contentservice::REMOTE_COMMIT);
  auto made = node.build(what);
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(made.told.front().status() == builder::running);
  BOOST_TEST(has(made.last().ref(), "localhost/workspace-images@sha256:"));
  BOOST_TEST(has(made.last().base_ref(), "localhost/base-images:"));
  BOOST_TEST(has(made.log, "STEP 5/5"));
  auto build_id = made.last().info().build_id();
  BOOST_TEST((node.info_of(build_id)->status() == builder::done_success));

  auto id = e2e::fresh_id();
  auto start_it = e2e::service::request(id);
  start_it.mutable_spec()->set_workspace_image(made.last().ref());
  start_it.mutable_spec()->set_class_("by-image");
  BOOST_REQUIRE(node.start(start_it).ok());
  auto running = node.await(id, wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(running.phase() == wsman::RUNNING, node.log_text());
  BOOST_TEST(node.exec(id, {"cat", "/made", "/notes"}).text
             == "made by 0\nfrom the repository\n");
  BOOST_TEST(has(node.exec(id, {"env"}).text, "GREETING=hello"));
  BOOST_TEST(node.exec(id, {"id", "-u"}).text
             == "133332\n"); // as its label says
  BOOST_REQUIRE(node.stop(id).ok());
  node.await(id, wsman::STOPPED);

  // The same again is only a look.
  auto again = node.build(what);
  BOOST_REQUIRE_EQUAL(again.told.size(), 1u);
  BOOST_TEST(again.last().status() == builder::done_success);
  BOOST_TEST(again.last().ref() == made.last().ref());
  BOOST_TEST(again.last().base_ref() == made.last().base_ref());
  BOOST_TEST(again.last().info().build_id() == "");

  // Layers are found again, in another slot and a fresh clone.
  what.set_force_rebuild(true);
  auto cached = node.build(what);
  BOOST_REQUIRE_MESSAGE(cached.is_success(), cached.why());
  BOOST_TEST(has(cached.log, "Using cache"));
  BOOST_TEST(has(cached.log, "The image is here already"));
  BOOST_TEST(cached.last().ref() == made.last().ref());
  BOOST_TEST(build_cgroups(node) == 0u);
  BOOST_TEST(fs::is_empty(node.state() / "builds/work"));
}

BOOST_AUTO_TEST_CASE(equal_requests_share_a_build_and_clients_may_go) {
  node.commit(
    {{"Dockerfile", "FROM base\nRUN for i in 1 2 3 4 5 6; do echo tick; "
                    "sleep 0.5; done\n"}});
  auto what = node.request();
  auto before = node.builds().size();
  auto asked = std::vector<std::future<building::ended>>{};
  for (auto i = 0; i < 50; ++i)
    asked.push_back(std::async(std::launch::async, [this, &what, i] {
      // Half of them do not wait.
      return node.build(what, [i](const auto&) { return i % 2 == 0; });
    }));
  auto ids = std::set<std::string>{};
  for (auto& each : asked) {
    auto made = each.get();
    BOOST_REQUIRE(!made.told.empty());
    ids.insert(made.last().info().build_id());
  }
  BOOST_TEST(ids.size() == 1u);
  BOOST_TEST(node.builds().size() == before + 1);
  BOOST_TEST((node.info_of(*ids.begin())->status() == builder::done_success));
}

BOOST_AUTO_TEST_CASE(a_killed_node_begins_a_build_again) {
  node.commit(
    {{"Dockerfile", "FROM base\nRUN for i in 1 2 3 4; do echo asleep; "
                    "sleep 0.5; done; echo awake\n"}});
  auto what = node.request();
  auto id = begin_build_on(node, what);
  BOOST_TEST((node.info_of(id)->status() == builder::running));
  BOOST_TEST(build_cgroups(node) > 0u);
  node.crash();
  node.begin();
  // Who comes back joins it.
  auto made = node.build(what);
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(made.told.front().info().build_id() == id);
  BOOST_TEST(has(made.log, "restarted"));
  BOOST_TEST(has(made.log, "awake"));
  BOOST_TEST((node.info_of(id)->status() == builder::done_success));
  BOOST_TEST(build_cgroups(node) == 0u);
  BOOST_TEST(fs::is_empty(node.state() / "builds/work"));
}

BOOST_AUTO_TEST_CASE(a_build_has_its_password_after_a_restart) {
  auto password = std::string{"CANARY-password"};
  auto server = e2e::git_server{node.place(), password};
  auto what = node.request();
  auto& git
    = *what.mutable_source()->mutable_file()->mutable_source()->mutable_git();
  git.set_remote_uri(server.url());
  git.mutable_config()->set_authentication(contentservice::BASIC_AUTH);
  git.mutable_config()->set_auth_user("anna");
  git.mutable_config()->set_auth_password(password);
  server.hold();
  auto id = std::string{};
  node.build(what, [&](const builder::BuildResponse& told) {
    id = told.info().build_id();
    return told.message() != "fetching";
  });
  node.crash();
  // Nowhere in clear.
  auto told = e2e::run({"/bin/grep", "-rl", "--exclude-dir=layers", password,
                        node.state().native(), node.run_dir().native()});
  BOOST_TEST(told.text == "");
  node.begin();
  server.go_on();
  // The repository was cloned; it has no Dockerfile.
  auto ended = node.build(what);
  BOOST_TEST(ended.last().info().build_id() == id);
  BOOST_TEST(has(ended.last().message(), "no Dockerfile at"), ended.why());
  BOOST_TEST(fs::is_empty(node.run_dir() / "builds/secrets"));
}

BOOST_AUTO_TEST_CASE(a_node_that_ends_leaves_nothing_of_a_build_that_runs) {
  node.commit({{"Dockerfile", "FROM base\nRUN sleep 4\n"}});
  auto what = node.request();
  auto id = begin_build_on(node, what);
  BOOST_TEST(build_cgroups(node) > 0u);
  BOOST_TEST(node.end() == 0);
  BOOST_TEST(build_cgroups(node) == 0u);
  node.begin();
  // It is under way again.
  BOOST_TEST(begin_build_on(node, what) == id);
}

BOOST_AUTO_TEST_CASE(an_image_of_this_node_has_a_name_for_workspaces) {
  auto what = builder::BuildRequest{};
  what.mutable_source()->mutable_ref()->set_ref("base");
  auto made = node.build(what);
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(has(made.last().base_ref(), "docker.io/library/base@sha256:"));
  BOOST_TEST(has(made.last().ref(), "localhost/workspace-images@sha256:"));
  auto context = grpc::ClientContext{};
  auto asked = builder::ResolveBaseImageRequest{};
  asked.set_ref("base");
  auto found = builder::ResolveBaseImageResponse{};
  BOOST_TEST(node.stub()->ResolveBaseImage(&context, asked, &found).ok());
  BOOST_TEST(found.ref() == made.last().base_ref());
}

BOOST_AUTO_TEST_CASE(an_image_that_was_removed_is_made_of_its_layers_again) {
  node.commit({{"Dockerfile", "FROM base\nRUN echo kept > /kept\n"}});
  auto what = node.request();
  what.set_force_rebuild(true);
  auto made = node.build(what);
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  auto context = grpc::ClientContext{};
  auto gone = v1::RemoveImageRequest{};
  gone.set_name(made.last().ref());
  auto nothing = v1::RemoveImageResponse{};
  BOOST_REQUIRE(node.node().RemoveImage(&context, gone, &nothing).ok());
  auto again = node.build(what);
  BOOST_REQUIRE_MESSAGE(again.is_success(), again.why());
  BOOST_TEST(has(again.log, "Using cache"));
  BOOST_TEST(!has(again.log, "The image is here already"));
  BOOST_TEST(again.last().ref() == made.last().ref());

  auto id = e2e::fresh_id();
  auto start_it = e2e::service::request(id);
  start_it.mutable_spec()->set_workspace_image(again.last().ref());
  BOOST_REQUIRE(node.start(start_it).ok());
  BOOST_TEST((node.await(id, wsman::RUNNING).phase() == wsman::RUNNING));
  BOOST_TEST(node.exec(id, {"cat", "/kept"}).text == "kept\n");
  BOOST_REQUIRE(node.stop(id).ok());
  node.await(id, wsman::STOPPED);
}

/// In the words of buildah, whose step has left a file where the next attempt
/// finds it.
BOOST_AUTO_TEST_CASE(a_step_that_buildah_could_not_start_is_tried_again) {
  auto busy = std::string{"{ echo $W: Device or resource busy; exit 1; }"};
  auto words = std::string{"FROM base\nENV W='sealing memfd copy'\n"};
  node.commit({{"Dockerfile", words
                                + "RUN --mount=type=cache,target=/c,id=tries "
                                  "[ -e /c/x ] || { touch /c/x; "
                                + busy + "; }\n"}});
  auto what = node.request();
  what.set_force_rebuild(true);
  auto made = node.build(what);
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(has(made.log, "trying again"));
  // Not for ever, and nothing else is.
  node.commit({{"Dockerfile", words + "RUN " + busy + "\n"}});
  auto failed = node.build(what);
  BOOST_TEST(!failed.is_success());
  auto attempts = 0;
  for (auto at = failed.log.find("STEP 3/3"); at != failed.log.npos;
       at = failed.log.find("STEP 3/3", at + 1))
    ++attempts;
  BOOST_TEST(attempts == 3);
  node.commit({{"Dockerfile", "FROM base\nRUN exit 1\n"}});
  BOOST_TEST(!has(node.build(what).log, "trying again"));
}

BOOST_AUTO_TEST_CASE(a_built_image_has_the_size_of_its_layers) {
  node.commit({{"Dockerfile", "FROM base\nRUN true\n"}});
  auto what = node.request();
  BOOST_REQUIRE(node.build(what).is_success());
  what.mutable_source()->mutable_file()->set_dockerfile_version("2");
  node.commit(
    {{"Dockerfile", "FROM base\nRUN head -c 100000 /dev/zero > /x\n"}});
  BOOST_REQUIRE(node.build(what).is_success());
  auto context = grpc::ClientContext{};
  auto images = v1::ListImagesResponse{};
  BOOST_REQUIRE(node.node().ListImages(&context, {}, &images).ok());
  auto smallest = ~uint64_t{0};
  for (const auto& image : images.images())
    smallest = std::min<uint64_t>(smallest, image.bytes());
  // Each has all that `base` has, whose layers are there already.
  BOOST_TEST(smallest > 1'000'000u);
}

BOOST_AUTO_TEST_CASE(wrong_requests_are_refused) {
  node.commit({{"Dockerfile", "FROM base\n"}});
  auto code_of = [&](auto change) {
    auto what = node.request();
    change(what);
    return node.build(what).status.error_code();
  };
  constexpr auto invalid = grpc::StatusCode::INVALID_ARGUMENT;
  BOOST_TEST(code_of([](auto& it) { it.clear_source(); }) == invalid);
  for (auto path : {"../../etc/passwd", "/etc/passwd", "a/../../x", ""}) {
    BOOST_TEST(code_of([&](auto& it) {
                 it.mutable_source()->mutable_file()->set_dockerfile_path(path);
               })
               == invalid);
    if (*path != '\0')
      BOOST_TEST(code_of([&](auto& it) {
                   it.mutable_source()->mutable_file()->set_context_path(path);
                 })
                 == invalid);
  }
  BOOST_TEST(code_of([](auto& it) { it.set_triggered_by("a\nb"); }) == invalid);
  BOOST_TEST(
    code_of([](auto& it) { it.set_base_image_name_resolved("x --option"); })
    == invalid);
  BOOST_TEST(code_of([](auto& it) { it.set_supervisor_ref("a\nb"); })
             == invalid);
  auto unknown = node.log_of("no-such-build");
  BOOST_TEST(unknown.first.error_code() == grpc::StatusCode::NOT_FOUND);
}

BOOST_AUTO_TEST_CASE(a_failing_build_ends_well_and_says_why) {
  node.commit({{"Dockerfile", "FROM base\nRUN echo before; exit 7\n"}});
  auto failed = node.build(node.request());
  BOOST_TEST(failed.status.ok());
  BOOST_TEST(failed.last().status() == builder::done_failure);
  BOOST_TEST(has(failed.last().message(), "exit status 7"), failed.why());
  BOOST_TEST(has(failed.log, "before"));
  auto missing = node.build(node.request("none/Dockerfile"));
  BOOST_TEST(has(missing.last().message(), "no Dockerfile at none/Dockerfile"),
             missing.why());
}

BOOST_AUTO_TEST_SUITE_END()
