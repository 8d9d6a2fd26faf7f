#include "actors/git_cache/git_cache.hpp"
#include "test/support/deterministic_system.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include <deque>

namespace berth::test {

namespace {

constexpr auto cache_mib = uint64_t{1} << 20;

/// The cache over a disk and workers that exist only here.
struct cache_fixture : deterministic_system {
  cache_fixture() {
    auto all = std::make_shared<settings>();
    all->node.state_dir = "/s";
    all->content.git_cache_bytes = 100 * cache_mib;
    all->content.git_cache_age = std::chrono::hours{24};
    deps.settings = all;
    deps.now_ns = [this] { return now_ns; };
    deps.disk = [this] {
      auto hand
        = sys.spawn([this](mirror_disk_actor::pointer me) { return disk(me); });
      adopt(hand);
      return hand;
    };
    deps.job = [this] {
      auto hand = sys.spawn([this](job_actor::pointer me) { return job(me); });
      adopt(hand);
      return hand;
    };
    open();
  }

  void open() { cache = spawn(git_cache, deps); }

  mirror_disk_actor::behavior_type disk(mirror_disk_actor::pointer) {
    return {
      [this](list_mirrors) {
        auto out = cached_trees{};
        for (const auto& [key, one] : mirrors)
          out.trees.push_back(one);
        return out;
      },
      [](const touch_mirror&) { return done{}; },
      [this](const stage_mirror&) {
        ++staged;
        ++half_made;
        return done{};
      },
      [this](const place_mirror& what) {
        auto& it = mirrors[what.key];
        it = {what.key, next_bytes, now_ns};
        half_made = 0;
        return it;
      },
      [this](const remove_mirror& what) {
        mirrors.erase(what.key);
        half_made = 0;
        return done{};
      },
    };
  }

  job_actor::behavior_type job(job_actor::pointer) {
    return {
      [this](const run_job& what) -> caf::result<job_ended> {
        jobs.push_back(what);
        if (fetch_refused)
          return *fetch_refused;
        return job_ended{mirror_outcome{packs}};
      },
      [](cancel_job) {},
      [](worker_spoke) {},
    };
  }

  static cloned_repository open_one(const std::string& name = "a") {
    return {"https://git.test/" + name, "", ""};
  }
  static cloned_repository closed_one() {
    return {"https://git.test/closed", "oauth2", "initializer.git"};
  }

  void refresh(const cloned_repository& which,
               const std::string& owner = "anna") {
    caf::anon_send(
      cache, refresh_mirrors{owner, {which}, {{"initializer.git", "secret"}}});
    settle();
  }

  held_mirrors hold(const cloned_repository& which,
                    const std::string& owner = "anna") {
    auto held = ask<held_mirrors>(cache, hold_mirrors{owner, {which}});
    BOOST_REQUIRE(held);
    return *held;
  }

  void give_back(const held_mirrors& held, bool broken = false) {
    caf::anon_send(cache, give_back_mirrors{held.number, broken});
    settle();
  }

  void later(std::chrono::nanoseconds by) { now_ns += by.count(); }

  std::map<std::string, cached_tree> mirrors;
  uint64_t next_bytes = 10 * cache_mib;
  uint64_t packs = 1;
  int staged = 0;
  std::optional<caf::error> fetch_refused;
  int half_made = 0; ///< in staging
  std::vector<run_job> jobs;
  int64_t now_ns = std::chrono::nanoseconds{std::chrono::hours{1000}}.count();
  git_cache_deps deps;
  git_cache_actor cache;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(git_cache_keeps, cache_fixture)

BOOST_AUTO_TEST_CASE(a_mirror_of_what_was_cloned) {
  BOOST_TEST(hold(open_one()).number == 0u);
  refresh(open_one());
  BOOST_REQUIRE_EQUAL(jobs.size(), 1u);
  BOOST_TEST(jobs[0].network);
  BOOST_TEST(jobs[0].directories[0].host.starts_with("/s/mirrors/.staging-"));
  auto held = hold(open_one());
  BOOST_REQUIRE_EQUAL(held.mirrors.size(), 1u);
  BOOST_TEST(held.mirrors[0].url == "https://git.test/a");
  BOOST_TEST(held.mirrors[0].directory
             == "/s/mirrors/" + mirror_key("anna", open_one()));
}

BOOST_AUTO_TEST_CASE(of_what_anybody_may_read_one_for_all) {
  refresh(open_one(), "anna");
  BOOST_TEST(hold(open_one(), "bob").mirrors.size() == 1u);
}

BOOST_AUTO_TEST_CASE(of_what_only_one_may_read_one_for_him_alone) {
  refresh(closed_one(), "anna");
  BOOST_REQUIRE_EQUAL(jobs.size(), 1u);
  auto& job = std::get<mirror_job>(jobs[0].job);
  BOOST_TEST(job.user == "oauth2");
  BOOST_TEST(job.password == "secret");
  BOOST_TEST(hold(closed_one(), "anna").mirrors.size() == 1u);
  BOOST_TEST(hold(closed_one(), "bob").mirrors.empty());
  auto without = closed_one();
  without.user = without.secret = "";
  BOOST_TEST(hold(without, "anna").mirrors.empty());
}

BOOST_AUTO_TEST_CASE(it_up_to_date_but_not_all_the_time) {
  refresh(open_one());
  refresh(open_one());
  BOOST_TEST(jobs.size() == 1u);
  later(std::chrono::minutes{2});
  refresh(open_one());
  BOOST_REQUIRE_EQUAL(jobs.size(), 2u);
  BOOST_TEST(staged == 1);
  BOOST_TEST(jobs[1].directories[0].host
             == "/s/mirrors/" + mirror_key("anna", open_one()));
}

BOOST_AUTO_TEST_CASE(away_for_a_while_from_what_cannot_be_fetched) {
  fetch_refused = make_error(ec::unavailable, "down");
  refresh(open_one());
  later(std::chrono::minutes{2});
  refresh(open_one());
  BOOST_TEST(jobs.size() == 1u);
  BOOST_TEST(half_made == 0);
  later(std::chrono::hours{2});
  fetch_refused.reset();
  refresh(open_one());
  BOOST_TEST(hold(open_one()).mirrors.size() == 1u);
}

BOOST_AUTO_TEST_CASE(no_more_than_it_may_and_the_last_used_first) {
  next_bytes = 40 * cache_mib;
  for (auto* name : {"a", "b"}) {
    refresh(open_one(name));
    later(std::chrono::minutes{1});
  }
  give_back(hold(open_one("a")));
  later(std::chrono::minutes{1});
  refresh(open_one("c"));
  BOOST_TEST(mirrors.size() == 2u);
  BOOST_TEST(hold(open_one("b")).mirrors.empty());
  BOOST_TEST(hold(open_one("a")).mirrors.size() == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_that_alone_is_too_much) {
  next_bytes = 101 * cache_mib;
  refresh(open_one());
  BOOST_TEST(mirrors.empty());
  later(std::chrono::minutes{2});
  refresh(open_one());
  BOOST_TEST(jobs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_held_whatever_happens) {
  refresh(open_one());
  auto held = hold(open_one());
  BOOST_REQUIRE(ask<done>(cache, trim_mirrors{true}));
  BOOST_TEST(mirrors.size() == 1u);
  give_back(held);
  BOOST_REQUIRE(ask<done>(cache, trim_mirrors{true}));
  BOOST_TEST(mirrors.empty());
}

BOOST_AUTO_TEST_CASE(no_broken_one) {
  refresh(open_one());
  auto first = hold(open_one());
  auto second = hold(open_one());
  give_back(first, true);
  BOOST_TEST(mirrors.size() == 1u); // somebody still looks at it
  BOOST_TEST(hold(open_one()).mirrors.empty());
  give_back(second);
  BOOST_TEST(mirrors.empty());
  refresh(open_one());
  BOOST_TEST(hold(open_one()).mirrors.size() == 1u);
}

BOOST_AUTO_TEST_CASE(none_in_too_many_pieces) {
  packs = 31;
  refresh(open_one());
  BOOST_TEST(mirrors.empty());
}

BOOST_AUTO_TEST_CASE(none_that_nobody_uses) {
  refresh(open_one("a"));
  later(std::chrono::hours{20});
  refresh(open_one("b"));
  later(std::chrono::hours{5});
  advance(std::chrono::minutes{11});
  BOOST_TEST(mirrors.size() == 1u);
  BOOST_TEST(hold(open_one("b")).mirrors.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_an_earlier_berthd_kept) {
  refresh(open_one());
  caf::anon_send_exit(cache, caf::exit_reason::kill);
  settle();
  open();
  BOOST_TEST(hold(open_one()).mirrors.size() == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_on_a_disk_that_is_nearly_full) {
  deps.gauges->disk(0, 0, "it is full");
  refresh(open_one());
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
