#include "core/builds/build_key.hpp"
#include "core/builds/build_recipe.hpp"
#include "core/record_json.hpp"
#include "test/builds/build_fixture.hpp"

#include <algorithm>

using namespace berth;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

struct interrupted_build : build_fixture {
  /// As the store has it, accepted just now.
  build_record record = under_way();

  build_record under_way() {
    auto what = request_of();
    auto out = build_record{};
    out.id = "old";
    out.owner = "anna";
    out.reference = "localhost/workspace:tag";
    out.base_reference = "localhost/base:15";
    out.phase = build_phase::building;
    out.cache_key = "k";
    out.join_key
      = join_key_of("anna", what.auth, what.source, out.base_reference);
    out.started_at = now();
    out.recipe = std::make_shared<const build_recipe>(
      make_recipe(what.source, what.auth, false));
    return out;
  }

  void needs_secrets() {
    auto recipe = *record.recipe;
    recipe.had_secrets = true;
    record.recipe = std::make_shared<const build_recipe>(recipe);
  }

  /// What a berthd that knows this build makes of it.
  build_record after_restart() {
    start({record});
    auto known = list();
    BOOST_REQUIRE_EQUAL(known.size(), 1u);
    return known[0];
  }

  void fails_with(const std::string& words) {
    auto failed = after_restart();
    BOOST_TEST((failed.phase == build_phase::done_failure));
    BOOST_TEST(failed.message.find(words) != std::string::npos, failed.message);
    BOOST_TEST((disk["old"].phase == build_phase::done_failure));
    BOOST_TEST(count("job build") == 0u);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(build_recovery, interrupted_build)

BOOST_AUTO_TEST_CASE(begins_again_once_what_is_left_of_it_is_gone) {
  auto now_is = after_restart();
  BOOST_TEST((now_is.phase == build_phase::done_success));
  BOOST_TEST(now_is.interruptions == 1u);
  BOOST_TEST(now_is.reference == record.reference);
  BOOST_TEST((disk["old"].phase == build_phase::done_success));
  BOOST_TEST(!disk["old"].recipe);
  auto at = [&](const std::string& entry) {
    auto found = std::find(log.begin(), log.end(), entry);
    BOOST_TEST((found != log.end()), entry);
    return found - log.begin();
  };
  auto again = at("job context");
  BOOST_TEST(at("uncgroup " + layout{*all}.build_cgroup("old")) < again);
  BOOST_TEST(at("remove /s/builds/cache/k") < again);
  BOOST_TEST(at("remove /s/builds/work") < again);
  const auto& job = std::get<context_job>(jobs[0].job).content;
  BOOST_TEST(job.initializer == "git https://x/r.git");
}

BOOST_AUTO_TEST_CASE(is_joined_by_who_asks_for_the_same_again) {
  held = {"build"};
  BOOST_TEST((after_restart().phase == build_phase::building));
  auto told = build(request_of());
  BOOST_TEST(list().size() == 1u);
  BOOST_TEST((told->back()->id == "old"));
  let_go("build");
  BOOST_TEST((phase_of(told) == build_phase::done_success));
}

BOOST_AUTO_TEST_CASE(writes_a_log_that_can_be_followed) {
  held = {"build"};
  after_restart();
  auto first = read("old");
  BOOST_REQUIRE(first.is_there);
  BOOST_TEST((first.what->text.find("restarted") != std::string::npos));
  BOOST_TEST(!first.what->is_last);
  let_go("build");
  BOOST_TEST(read("old", "", first.what->next).what->is_last);
}

BOOST_AUTO_TEST_CASE(keeps_layers_that_were_whole) {
  record.phase = build_phase::pushing;
  caches["k"] = {"k", 1, 0};
  BOOST_TEST((after_restart().phase == build_phase::done_success));
  BOOST_TEST(count("remove /s/builds/cache/k") == 0u);
}

BOOST_AUTO_TEST_CASE(has_its_credentials_again) {
  needs_secrets();
  kept["old"] = {{"source:token", "hush"}, {"registry:r.example", "bG9naW4="}};
  kept["of nobody"] = {{"source:token", "x"}};
  held = {"context"};
  after_restart();
  BOOST_REQUIRE_EQUAL(jobs.size(), 1u);
  const auto& job = std::get<context_job>(jobs[0].job).content;
  BOOST_TEST(job.secrets.at("token") == "hush");
  BOOST_TEST(kept.size() == 1u);
  let_go("context");
  BOOST_TEST((list()[0].phase == build_phase::done_success));
  BOOST_TEST(kept.empty());
}

BOOST_AUTO_TEST_CASE(fails_without_the_credentials_that_it_had) {
  needs_secrets();
  fails_with("credentials that it was given are not kept");
}

BOOST_AUTO_TEST_CASE(fails_if_nobody_stored_what_it_is_made_of) {
  record.recipe = nullptr;
  fails_with("please build again");
  auto told = read("old");
  BOOST_REQUIRE(told.is_there);
  BOOST_TEST(told.what->is_last);
  BOOST_TEST((told.what->text.find("restarted") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(does_not_end_the_node_for_ever) {
  record.interruptions = 3;
  fails_with("again and again");
}

BOOST_AUTO_TEST_CASE(has_an_hour_in_all) {
  record.started_at -= 59min;
  held = {"build"};
  BOOST_TEST((after_restart().phase == build_phase::building));
  advance(2min);
  BOOST_TEST((list()[0].phase == build_phase::done_failure));
  BOOST_TEST(list()[0].message
             == "the build took longer than images.build_timeout (1h0m0s)");
}

BOOST_AUTO_TEST_CASE(is_stored_without_its_secrets) {
  start();
  held = {"build"};
  auto what = request_of();
  std::get<dockerfile_source>(what.source).secrets["token"] = "hush-hush";
  what.auth.additional["r.example"] = "aHVzaC1odXNo";
  build(what);
  BOOST_TEST(kept["b0"].size() == 2u);
  auto text = to_json(disk["b0"]);
  BOOST_TEST(text.find("hush-hush") == std::string::npos);
  BOOST_TEST(text.find("aHVzaC1odXNo") == std::string::npos);
  BOOST_TEST(disk["b0"].recipe->had_secrets);
  let_go("build");
  BOOST_TEST(kept.empty());
  BOOST_TEST(!disk["b0"].recipe);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(layer_caches, build_fixture)

BOOST_AUTO_TEST_CASE(that_were_not_used_for_longest_go_first) {
  all->build_cache_bytes = 25;
  cache_bytes = 10;
  start();
  auto keys = std::vector<std::string>{};
  for (auto remote :
       {"https://x/1", "https://x/2", "https://x/1", "https://x/3"}) {
    advance(1s);
    keys.push_back(build(request_of(remote))->back()->cache_key);
  }
  BOOST_TEST(count("remove /s/builds/cache/" + keys[1]) == 1u);
  BOOST_TEST(caches.size() == 2u);
  BOOST_TEST(caches.contains(keys[0]));
  BOOST_TEST(caches.contains(keys[3]));
}

BOOST_AUTO_TEST_CASE(of_an_earlier_berthd_count) {
  all->build_cache_bytes = 25;
  for (auto key : {"a", "b", "c"})
    caches[key] = {key, 10, key[0]};
  start();
  BOOST_TEST(count("remove /s/builds/cache/a") == 1u);
  BOOST_TEST(caches.size() == 2u);
}

BOOST_AUTO_TEST_CASE(that_are_in_use_stay) {
  all->build_cache_bytes = 5;
  cache_bytes = 10;
  start();
  held = {"build"};
  auto first = build(request_of("https://x/1"))->back()->cache_key;
  caches[first] = {first, 10, 0};
  held = {};
  auto second = build(request_of("https://x/2"))->back()->cache_key;
  BOOST_TEST(count("remove /s/builds/cache/" + second) == 1u);
  BOOST_TEST(count("remove /s/builds/cache/" + first) == 0u);
  let_go("build");
  BOOST_TEST(count("remove /s/builds/cache/" + first) == 1u);
}

BOOST_AUTO_TEST_CASE(that_nobody_uses_go_when_the_disk_is_full) {
  start();
  build(request_of("https://x/1"));
  held = {"build"};
  auto second = build(request_of("https://x/2"))->back()->cache_key;
  BOOST_REQUIRE(ask<done>(builds, trim_build_caches{}));
  BOOST_TEST(caches.empty());
  BOOST_TEST(count("remove /s/builds/cache/" + second) == 0u);
}

BOOST_AUTO_TEST_CASE(that_went_are_given_their_bases_again) {
  all->build_cache_bytes = 0;
  planned = {"r.example/x"};
  start();
  build(request_of());
  build(request_of());
  BOOST_TEST(count("job fetch") == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
