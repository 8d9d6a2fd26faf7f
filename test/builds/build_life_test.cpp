#include "test/builds/build_fixture.hpp"

#include <algorithm>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> phases_in(const std::vector<std::string>& log) {
  auto out = std::vector<std::string>{};
  for (const auto& entry : log)
    if (build_phase_from_string(entry))
      out.push_back(entry);
  return out;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(build_life, build_fixture)

BOOST_AUTO_TEST_CASE(every_phase_is_stored_before_it_begins) {
  start();
  auto told = build(request_of());
  auto expected = std::vector<std::string>{"resolving", "fetching", "building",
                                           "composing", "done_success"};
  BOOST_TEST(phases_in(log) == expected, boost::test_tools::per_element());
  BOOST_TEST((phase_of(told) == build_phase::done_success));
  BOOST_TEST((told->back()->digest.starts_with("sha256:")));
  BOOST_TEST((told->front()->phase == build_phase::resolving));
  auto at = [&](const std::string& entry) {
    return std::find(log.begin(), log.end(), entry) - log.begin();
  };
  BOOST_TEST(at("building") < at("job build"));
  BOOST_TEST(at("composing") < at("import localhost/workspace:tag"));
}

BOOST_AUTO_TEST_CASE(a_build_leaves_nothing_but_its_cache) {
  start();
  build(request_of());
  BOOST_TEST(count("remove /s/builds/work/b0") == 1u);
  auto link = "link " + layout{*all}.link(build_slots(*all).take().value());
  BOOST_TEST(count(link) == 1u);
  BOOST_TEST(count("un" + link) == 1u);
  auto cgroup = "cgroup " + layout{*all}.build_cgroup("b0");
  BOOST_TEST(count(cgroup) == 1u);
  BOOST_TEST(count("un" + cgroup) == 1u);
  for (const auto& entry : log)
    BOOST_TEST(!entry.starts_with("remove /s/builds/cache"), entry);
}

BOOST_AUTO_TEST_CASE(fifty_equal_requests_make_one_build) {
  start();
  held = {"build"};
  auto all_told = std::vector<told_list>{};
  for (auto i = 0; i < 50; ++i)
    all_told.push_back(build(request_of()));
  BOOST_TEST(list().size() == 1u);
  BOOST_TEST((phase_of(all_told.back()) == build_phase::building));
  let_go("build");
  for (const auto& told : all_told)
    BOOST_TEST((phase_of(told) == build_phase::done_success));
  BOOST_TEST(count("job build") == 1u);
}

BOOST_AUTO_TEST_CASE(another_owner_has_another_build_and_another_cache) {
  start();
  held = {"build"};
  build(request_of("https://x/r.git", "anna"));
  build(request_of("https://x/r.git", "bert"));
  BOOST_REQUIRE_EQUAL(list().size(), 2u);
  BOOST_TEST((list()[0].cache_key != list()[1].cache_key));
  BOOST_TEST(count("job build") == 2u);
}

BOOST_AUTO_TEST_CASE(one_cache_serves_one_build_at_a_time) {
  start();
  held = {"build"};
  auto first = request_of();
  auto second = request_of();
  std::get<dockerfile_source>(second.source).clone_target = "other";
  build(first);
  auto told = build(second);
  BOOST_TEST(count("job build") == 1u);
  BOOST_TEST((phase_of(told) == build_phase::resolving));
  let_go("build");
  BOOST_TEST(count("job build") == 2u);
  BOOST_TEST((phase_of(told) == build_phase::done_success));
}

BOOST_AUTO_TEST_CASE(no_more_builds_run_than_there_are_slots) {
  start();
  held = {"build"};
  auto slots = build_slots(*all).size();
  for (auto i = 0u; i < slots + 2; ++i)
    build(request_of("https://x/" + std::to_string(i)));
  BOOST_TEST(count("job build") == slots);
  let_go("build");
  BOOST_TEST(count("job build") == slots + 2);
}

BOOST_AUTO_TEST_CASE(however_many_are_asked_for_only_so_many_are_kept) {
  start();
  held = {"build"};
  auto slots = build_slots(*all).size();
  auto most = slots + most_waiting_builds;
  for (auto i = 0u; i < most; ++i)
    build(request_of("https://x/" + std::to_string(i)));
  BOOST_TEST(list().size() == most);
  auto refused = build(request_of("https://x/one-more"));
  BOOST_TEST((code_of(refused->back().error()) == ec::exhausted));
  BOOST_TEST(list().size() == most);
  held = {};
  let_go("build");
  BOOST_TEST(list().size() == most_done_builds);
  BOOST_TEST(disk.size() == most_done_builds);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_resolved_is_refused) {
  unresolvable = make_error(ec::not_found, "cannot resolve image");
  start();
  auto told = build(request_of());
  BOOST_REQUIRE_EQUAL(told->size(), 1u);
  BOOST_REQUIRE(!told->back());
  BOOST_TEST((code_of(told->back().error()) == ec::not_found));
  BOOST_TEST(list().empty());
}

BOOST_AUTO_TEST_CASE(a_dockerfile_that_fails_says_why_and_keeps_its_cache) {
  failing.emplace("build",
                  make_error(ec::failed_precondition, "exit status 7"));
  start();
  auto told = build(request_of());
  BOOST_TEST((phase_of(told) == build_phase::done_failure));
  BOOST_TEST(told->back()->message == "exit status 7");
  BOOST_TEST(count("remove /s/builds/work/b0") == 1u);
  auto cache = "remove /s/builds/cache/" + told->back()->cache_key;
  BOOST_TEST(count(cache) == 0u);
  BOOST_TEST(count("import localhost/workspace:tag") == 0u);
}

BOOST_AUTO_TEST_CASE(a_build_that_takes_too_long_ends_and_so_does_its_cache) {
  start();
  held = {"build"};
  auto told = build(request_of());
  advance(59min);
  BOOST_TEST((phase_of(told) == build_phase::building));
  advance(2min);
  BOOST_TEST((phase_of(told) == build_phase::done_failure));
  BOOST_TEST(told->back()->message
             == "the build took longer than images.build_timeout (1h0m0s)");
  BOOST_TEST(cancelled.contains("build"));
  BOOST_TEST(count("remove /s/builds/cache/" + told->back()->cache_key) == 1u);
  held.clear();
  BOOST_TEST((phase_of(build(request_of())) == build_phase::done_success));
}

BOOST_AUTO_TEST_CASE(a_build_that_fills_the_disk_ends_before_it_is_full) {
  start();
  held = {"build"};
  auto told = build(request_of());
  advance(10s);
  BOOST_TEST((phase_of(told) == build_phase::building));
  room = uint64_t{1} << 20;
  advance(10s);
  BOOST_TEST((phase_of(told) == build_phase::done_failure));
  BOOST_TEST(told->back()->message == "the disk has no room for it");
  BOOST_TEST(cancelled.contains("build"));
  BOOST_TEST(count("remove /s/builds/cache/" + told->back()->cache_key) == 1u);
}

BOOST_AUTO_TEST_CASE(a_build_may_take_no_more_room_than_a_workspace) {
  all->classes["default"].storage_bytes = 1000;
  start();
  held = {"build"};
  taken = {300, 5000}; // a context; layers of builds before
  auto told = build(request_of());
  advance(10s);
  taken = {400, 5600};
  advance(10s);
  taken = {};
  advance(10s);
  BOOST_TEST((phase_of(told) == build_phase::building));
  taken = {400, 5601};
  advance(10s);
  BOOST_TEST((phase_of(told) == build_phase::done_failure));
  BOOST_TEST(told->back()->message
             == "it takes more room on the disk than class default allows");
}

BOOST_AUTO_TEST_CASE(a_build_whose_room_cannot_be_told_ends) {
  all->classes["default"].storage_bytes = 1000;
  start();
  held = {"build"};
  auto told = build(request_of());
  advance(10s);
  BOOST_TEST((phase_of(told) == build_phase::building));
  taken = {};
  for (int i = 0; i < 10; ++i)
    advance(2s);
  BOOST_TEST(told->back()->message
             == "the room that it takes on the disk cannot be told");
}

BOOST_AUTO_TEST_CASE(a_failure_tells_of_the_limits_it_reached) {
  start();
  failing["build"] = make_error(ec::failed_precondition, "exit status 1");
  limit_hits.forks_refused = 7;
  auto told = build(request_of());
  BOOST_TEST(told->back()->message.ends_with("(it reached the limit of "
                                             "processes of class default)"));
  limit_hits.oom_kills = 1;
  told = build(request_of("https://x/b"));
  BOOST_TEST(told->back()->message.ends_with("(it reached the memory limit of "
                                             "class default)"));
}

BOOST_AUTO_TEST_CASE(a_path_out_of_the_context_is_refused) {
  start();
  for (auto path : {"../../etc/passwd", "/etc/passwd", "a/../../b", ""}) {
    auto what = request_of(std::string{"https://x/"} + path);
    std::get<dockerfile_source>(what.source).dockerfile_path = path;
    auto told = build(what);
    BOOST_TEST((phase_of(told) == build_phase::done_failure), path);
    BOOST_TEST(count("job context") == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_build_that_cannot_be_stored_fails) {
  store_broken = true;
  start();
  auto told = build(request_of());
  BOOST_TEST((phase_of(told) == build_phase::done_failure));
  BOOST_TEST(count("job context") == 0u);
}

BOOST_AUTO_TEST_CASE(a_build_is_told_of_for_an_hour_after_its_end) {
  start();
  build(request_of());
  advance(59min);
  BOOST_TEST(list().size() == 1u);
  advance(2min);
  BOOST_TEST(list().empty());
  BOOST_TEST(disk.empty());
  BOOST_TEST((code_of(read("b0").what.error()) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(credentials_end_before_the_build_begins) {
  all->images.base_repository = "r.example/base";
  all->images.workspace_repository = "r.example/workspace";
  planned = {"r.example/x"};
  start();
  auto told = build(request_of());
  BOOST_TEST((phase_of(told) == build_phase::done_success));
  for (const auto& each : jobs) {
    auto text = to_json(each.job);
    auto is_shown = text.find("auths") != std::string::npos;
    auto* push = std::get_if<push_image_job>(&each.job);
    BOOST_TEST(is_shown
               == (push || std::holds_alternative<fetch_image_job>(each.job)));
    if (push)
      BOOST_TEST(push->references.size() == 2u);
    BOOST_TEST(each.workshop.has_value()
               == std::holds_alternative<build_image_job>(each.job));
  }
  BOOST_TEST(count("pushing") == 1u);
}

BOOST_AUTO_TEST_CASE(a_context_may_be_of_stored_archives) {
  all->content.allow_file_urls = true;
  archived = {"snapshot@bucket", "/srv/here.git"};
  start();
  auto what = request_of();
  auto& file = std::get<dockerfile_source>(what.source);
  file.snapshots = {"snapshot@bucket"};
  file.prebuilds = {"gone@bucket"};
  file.local_repositories = {"/srv/here.git", "/srv/gone.git"};
  auto told = build(what);
  BOOST_TEST((phase_of(told) == build_phase::done_success));
  const auto& fetch = jobs.front();
  const auto& job = std::get<context_job>(fetch.job).content;
  BOOST_REQUIRE(job.snapshots.size() == 1u);
  BOOST_TEST(job.snapshots.at("snapshot@bucket").bytes == 7u);
  BOOST_REQUIRE(fetch.fds.size() == 1u);
  BOOST_TEST(fetch.fds[0].second == job.snapshots.at("snapshot@bucket").fd);
  BOOST_REQUIRE(fetch.read_only.size() == 1u);
  BOOST_TEST(fetch.read_only[0].inside == "/srv/here.git");
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_is_not_there_fails_the_build) {
  start();
  auto what = request_of();
  std::get<dockerfile_source>(what.source).snapshots = {"gone@bucket"};
  auto told = build(what);
  BOOST_TEST((phase_of(told) == build_phase::done_failure));
  BOOST_TEST(told->back()->message == "cannot find snapshot gone@bucket");
}

BOOST_AUTO_TEST_SUITE_END()
