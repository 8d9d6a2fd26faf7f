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

build_record under_way() {
  auto out = build_record{};
  out.id = "old";
  out.reference = "localhost/workspace:tag";
  out.phase = build_phase::building;
  out.cache_key = "k";
  return out;
}

const build_image_job& built(const build_fixture& in) {
  auto found = std::find_if(in.jobs.begin(), in.jobs.end(), [](const auto& it) {
    return std::holds_alternative<build_image_job>(it.job);
  });
  BOOST_REQUIRE(found != in.jobs.end());
  return std::get<build_image_job>(found->job);
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

BOOST_AUTO_TEST_CASE(what_is_there_is_not_built_unless_it_is_forced) {
  image_exists = true;
  local.push_back({"localhost/workspace:tag",
                   "sha256:" + std::string(64, 'e'),
                   {},
                   {},
                   0,
                   0});
  start();
  auto told = build(request_of());
  BOOST_REQUIRE_EQUAL(told->size(), 1u);
  BOOST_TEST((phase_of(told) == build_phase::done_success));
  BOOST_TEST((told->back()->digest == local[0].digest));
  BOOST_TEST((told->back()->base_reference == "localhost/base:15"));
  BOOST_TEST(list().empty());
  auto forced = request_of();
  forced.force = true;
  BOOST_TEST((phase_of(build(forced)) == build_phase::done_success));
  BOOST_TEST(count("job build") == 1u);
}

BOOST_AUTO_TEST_CASE(a_known_base_that_is_there_is_not_built_again) {
  start();
  auto what = request_of();
  what.resolved_base = "r.example/base:1";
  auto told = build(what);
  BOOST_TEST(count("job build") == 0u);
  BOOST_TEST(count("job fetch") == 1u);
  BOOST_TEST((phase_of(told) == build_phase::done_success));
  BOOST_TEST((told->back()->base_reference.starts_with("r.example/x@sha256:")));
}

BOOST_AUTO_TEST_CASE(a_known_base_with_an_image_is_the_answer) {
  image_exists = true;
  start();
  auto what = request_of();
  what.resolved_base = "r.example/base:1";
  auto told = build(what);
  BOOST_REQUIRE_EQUAL(told->size(), 1u);
  BOOST_TEST((told->back()->base_reference == "r.example/base:1"));
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
  BOOST_TEST(told->back()->message == "the build took too long");
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

BOOST_AUTO_TEST_CASE(a_path_out_of_the_context_is_refused) {
  start();
  for (auto path : {"../../etc/passwd", "/etc/passwd", "a/../../b", ""}) {
    auto what = request_of(std::string{"https://x/"} + path);
    std::get<dockerfile_source>(what.source).dockerfile_path = path;
    auto told = build(what);
    BOOST_TEST((phase_of(told) == build_phase::done_failure), path);
    BOOST_TEST(count("job initialize") == 0u);
  }
}

BOOST_AUTO_TEST_CASE(after_a_crash_no_build_runs_for_ever) {
  start({under_way()});
  auto known = list();
  BOOST_REQUIRE_EQUAL(known.size(), 1u);
  BOOST_TEST((known[0].phase == build_phase::done_failure));
  BOOST_TEST((disk["old"].phase == build_phase::done_failure));
  BOOST_TEST(count("uncgroup " + layout{*all}.build_cgroup("old")) == 1u);
  BOOST_TEST(count("remove /s/builds/cache/k") == 1u);
  BOOST_TEST(count("remove /s/builds/work") == 1u);
  auto told = read("old");
  BOOST_REQUIRE(told.is_there);
  BOOST_TEST(told.what->is_last);
  BOOST_TEST((told.what->text.find("restarted") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_build_that_cannot_be_stored_fails) {
  store_broken = true;
  start();
  auto told = build(request_of());
  BOOST_TEST((phase_of(told) == build_phase::done_failure));
  BOOST_TEST(count("job initialize") == 0u);
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

BOOST_AUTO_TEST_CASE(images_of_this_node_are_shown_to_the_build) {
  planned = {"base", "r.example/x"};
  local.push_back({"base",
                   "sha256:" + std::string(64, 'e'),
                   {"l2", "l1"},
                   {{"A=b"}, "root", "/"},
                   0,
                   0});
  start();
  build(request_of());
  BOOST_TEST(count("hold build-b0") == 1u);
  BOOST_TEST(count("join /s/builds/work/b0/tree-0") == 1u);
  BOOST_TEST(count("job fetch") == 1u);
  const auto& job = built(*this);
  BOOST_REQUIRE_EQUAL(job.bases.size(), 2u);
  BOOST_TEST(job.bases[0].tree == "/tree-0");
  BOOST_TEST(job.bases[0].config.env.front() == "A=b");
  BOOST_TEST(job.bases[1].layout == "/base-1");
  BOOST_TEST(count("drop build-b0") == 1u);
}

BOOST_AUTO_TEST_CASE(a_cache_that_has_a_base_is_not_given_it_again) {
  planned = {"r.example/x"};
  start();
  build(request_of());
  auto again = request_of();
  std::get<dockerfile_source>(again.source).clone_target = "other";
  build(again);
  BOOST_TEST(count("resolve r.example/x") == 2u);
  BOOST_TEST(count("job fetch") == 1u);
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

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(build_logs, build_fixture)

BOOST_AUTO_TEST_CASE(the_past_is_replayed_and_the_end_is_told) {
  start();
  held = {"build"};
  build(request_of());
  auto past = read("b0");
  BOOST_REQUIRE(past.is_there);
  BOOST_TEST((past.what->text.find("STEP 1/1") != std::string::npos));
  BOOST_TEST(!past.what->is_last);
  let_go("build");
  auto rest = read("", "localhost/workspace:tag", past.what->next);
  BOOST_REQUIRE(rest.is_there);
  BOOST_TEST((rest.what->text.find("Done: ") != std::string::npos));
  BOOST_TEST(rest.what->is_last);
  BOOST_TEST(read("b0", "", rest.what->next).what->is_last);
}

BOOST_AUTO_TEST_CASE(who_has_heard_all_waits_for_more) {
  start();
  held = {"build"};
  build(request_of());
  auto past = read("b0");
  auto heard = std::make_shared<std::vector<build_log_piece>>();
  self->send(builds, read_build_log{"b0", "", past.what->next,
                                    answer<build_log_piece>{
                                      [heard](result<build_log_piece> it) {
                                        heard->push_back(*it);
                                      }}});
  settle();
  BOOST_TEST(heard->empty());
  let_go("build");
  BOOST_TEST(heard->size() == 1u);
}

BOOST_AUTO_TEST_CASE(secrets_of_a_request_are_not_in_its_log) {
  output = "token hunter2-secret and \x1b[31mbase64 cGFzcw==\r\nok\n";
  start();
  held = {"build"};
  auto what = request_of();
  std::get<dockerfile_source>(what.source).secrets["a"] = "hunter2-secret";
  what.auth.additional["r.example"] = "dXNlcjpwYXNz"; // user:pass
  build(what);
  auto text = read("b0").what->text;
  BOOST_TEST((text.find("hunter2") == std::string::npos));
  BOOST_TEST(
    (text.find("token [censored] and [31mbase64") != std::string::npos));
  BOOST_TEST((text.find("\nok\n") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(nobody_knows_the_log_of_no_build) {
  start();
  BOOST_TEST((code_of(read("none").what.error()) == ec::not_found));
  BOOST_TEST((code_of(read("", "x/y:z").what.error()) == ec::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
