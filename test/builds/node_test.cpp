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

} // namespace

BOOST_FIXTURE_TEST_SUITE(builds_on_a_node, building)

BOOST_AUTO_TEST_CASE(a_dockerfile_becomes_what_a_workspace_runs) {
  auto head = commit({{"Dockerfile", "FROM base\n"
                                     "ENV GREETING=hello\n"
                                     "COPY notes /notes\n"
                                     "RUN echo made by $(id -u) > /made\n"},
                      {"notes", "from the repository\n"}});
  auto what = request();
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
  auto made = build(what);
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(made.told.front().status() == builder::running);
  BOOST_TEST(has(made.last().ref(), "localhost/workspace-images@sha256:"));
  BOOST_TEST(has(made.last().base_ref(), "localhost/base-images:"));
  BOOST_TEST(has(made.log, "STEP 4/4"));
  auto known = builds();
  BOOST_REQUIRE_EQUAL(known.size(), 1u);
  BOOST_TEST(known[0].status() == builder::done_success);

  auto id = e2e::fresh_id();
  auto start_it = e2e::service::request(id);
  start_it.mutable_spec()->set_workspace_image(made.last().ref());
  BOOST_REQUIRE(start(start_it).ok());
  auto running = await(id, wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(running.phase() == wsman::RUNNING, log_text());
  BOOST_TEST(exec(id, {"cat", "/made", "/notes"}).text
             == "made by 0\nfrom the repository\n");
  BOOST_TEST(has(exec(id, {"env"}).text, "GREETING=hello"));
  BOOST_REQUIRE(stop(id).ok());
  await(id, wsman::STOPPED);

  // The same again is only a look.
  auto again = build(what);
  BOOST_REQUIRE_EQUAL(again.told.size(), 1u);
  BOOST_TEST(again.last().status() == builder::done_success);
  BOOST_TEST(again.last().ref() == made.last().ref());
  BOOST_TEST(again.last().base_ref() == made.last().base_ref());
  BOOST_TEST(builds().size() == 1u);

  // Layers are found again, in another slot and a fresh clone.
  what.set_force_rebuild(true);
  auto cached = build(what);
  BOOST_REQUIRE_MESSAGE(cached.is_success(), cached.why());
  BOOST_TEST(has(cached.log, "Using cache"));
  BOOST_TEST(cached.last().ref() == made.last().ref());
  BOOST_TEST(build_cgroups(*this) == 0u);
  BOOST_TEST(fs::is_empty(state() / "builds/work"));
}

BOOST_AUTO_TEST_CASE(equal_requests_share_a_build_and_clients_may_go) {
  commit({{"Dockerfile", "FROM base\nRUN for i in 1 2 3 4 5 6; do echo tick; "
                         "sleep 0.5; done\n"}});
  auto what = request();
  auto asked = std::vector<std::future<ended>>{};
  for (auto i = 0; i < 50; ++i)
    asked.push_back(std::async(std::launch::async, [this, &what, i] {
      // Half of them do not wait.
      return build(what, [i](const auto&) { return i % 2 == 0; });
    }));
  auto ids = std::set<std::string>{};
  for (auto& each : asked) {
    auto made = each.get();
    BOOST_REQUIRE(!made.told.empty());
    ids.insert(made.last().info().build_id());
  }
  BOOST_TEST(ids.size() == 1u);
  BOOST_TEST(builds().size() == 1u);
  BOOST_TEST(builds()[0].status() == builder::done_success);
}

BOOST_AUTO_TEST_CASE(a_killed_node_remembers_that_a_build_failed) {
  commit({{"Dockerfile", "FROM base\nRUN echo asleep; sleep 600\n"}});
  auto what = request();
  auto id = std::string{};
  build(what, [&](const builder::BuildResponse& told) {
    id = told.info().build_id();
    return !has(told.message(), "STEP 2/2");
  });
  BOOST_REQUIRE(!id.empty());
  BOOST_TEST(builds()[0].status() == builder::running);
  BOOST_TEST(build_cgroups(*this) > 0u);
  crash();
  begin();
  auto known = builds();
  BOOST_REQUIRE_EQUAL(known.size(), 1u);
  BOOST_TEST(known[0].build_id() == id);
  BOOST_TEST(known[0].status() == builder::done_failure);
  BOOST_TEST(has(log_of(id).second, "restarted"));
  // What it left is gone before another one runs.
  commit({{"Dockerfile", "FROM base\nRUN echo awake\n"}});
  auto made = build(request());
  BOOST_REQUIRE_MESSAGE(made.is_success(), made.why());
  BOOST_TEST(has(made.log, "awake"));
  BOOST_TEST(build_cgroups(*this) == 0u);
  BOOST_TEST(fs::is_empty(state() / "builds/work"));
}

BOOST_AUTO_TEST_CASE(a_node_that_ends_leaves_nothing_of_a_build) {
  commit({{"Dockerfile", "FROM base\nRUN sleep 600\n"}});
  build(request(), [&](const builder::BuildResponse& told) {
    return !has(told.message(), "STEP 2/2");
  });
  BOOST_TEST(build_cgroups(*this) > 0u);
  BOOST_TEST(end() == 0);
  BOOST_TEST(build_cgroups(*this) == 0u);
  begin();
}

BOOST_AUTO_TEST_CASE(wrong_requests_are_refused) {
  commit({{"Dockerfile", "FROM base\n"}});
  auto code_of = [&](auto change) {
    auto what = request();
    change(what);
    return build(what).status.error_code();
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
  auto unknown = log_of("no-such-build");
  BOOST_TEST(unknown.first.error_code() == grpc::StatusCode::NOT_FOUND);
}

BOOST_AUTO_TEST_CASE(a_failing_build_ends_well_and_says_why) {
  commit({{"Dockerfile", "FROM base\nRUN echo before; exit 7\n"}});
  auto failed = build(request());
  BOOST_TEST(failed.status.ok());
  BOOST_TEST(failed.last().status() == builder::done_failure);
  BOOST_TEST(has(failed.last().message(), "exit status 7"), failed.why());
  BOOST_TEST(has(failed.log, "before"));
  auto missing = build(request("none/Dockerfile"));
  BOOST_TEST(has(missing.last().message(), "no Dockerfile at none/Dockerfile"),
             missing.why());
}

BOOST_AUTO_TEST_SUITE_END()
