#include "test/support/workspace_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

struct saving_node : test::open_node {
  /// A workspace that goes no further than `wanted`.
  void reach(const std::string& id, phase wanted,
             workspace_type type = workspace_type::regular) {
    auto spec = spec_of(id);
    spec.type = type;
    is->hold["image"] = wanted == phase::creating;
    is->hold["fill"] = false;
    is->hold["archive"] = false;
    is->hold["terminate"] = wanted == phase::stopping;
    BOOST_REQUIRE(start(spec));
    if (wanted == phase::stopping || wanted == phase::stopped)
      BOOST_REQUIRE(stop(id));
    BOOST_REQUIRE((phase_of(id) == wanted));
  }
};

template <class T>
ec code(const result<T>& of) {
  return of ? ec::none : code_of(of.error());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_saving, saving_node)

BOOST_AUTO_TEST_CASE(who_may_be_saved_when) {
  struct row {
    const char* id;
    phase in;
    workspace_type type;
    ec snapshot, backup;
  };
  const auto refused = ec::failed_precondition;
  const row rows[] = {
    {"w1", phase::creating, workspace_type::regular, refused, refused},
    {"w2", phase::running, workspace_type::regular, ec::none, ec::none},
    {"w3", phase::running, workspace_type::prebuild, ec::none, ec::none},
    {"w4", phase::stopping, workspace_type::regular, refused, ec::none},
    {"w5", phase::stopped, workspace_type::regular, refused, refused},
    {"w6", phase::stopping, workspace_type::imagebuild, refused, refused},
    // It never had content.
    {"w7", phase::running, workspace_type::ghost, refused, refused},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.id) {
      reach(row.id, row.in, row.type);
      auto before = *describe(row.id);
      BOOST_TEST((code(take(row.id)) == row.snapshot));
      BOOST_TEST((code(back_up(row.id)) == row.backup));
      BOOST_TEST((*describe(row.id) == before));
    }
  BOOST_TEST((code(take("nobody")) == ec::not_found));
  BOOST_TEST((code(back_up("nobody")) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_phase) {
  reach("w1", phase::creating);
  BOOST_TEST(berth::describe(take("w1").error())
             == "workspace is creating, not running");
  BOOST_TEST(berth::describe(back_up("w1").error()).find("creating")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(snapshots_asked_for_together_are_one) {
  reach("w1", phase::running);
  is->hold["snapshot"] = true;
  take("w1");
  take("w1");
  BOOST_TEST(is->count("snapshot w1") == 1u);
  is->let_go("snapshot");
  settle();
  is->hold["snapshot"] = false;
  auto third = take("w1");
  BOOST_REQUIRE(third);
  BOOST_TEST(third->url == "object@bucket");
  BOOST_TEST(is->count("snapshot w1") == 2u);
}

BOOST_AUTO_TEST_CASE(a_name_is_given_out_as_soon_as_it_stands_for_something) {
  reach("w1", phase::running);
  is->hold["snapshot"] = true;
  auto first = take("w1", true);
  BOOST_REQUIRE(first);
  auto joined = take("w1", true);
  BOOST_REQUIRE(joined);
  BOOST_TEST(joined->url == first->url);
  BOOST_TEST(is->count("snapshot w1") == 1u);
  is->let_go("snapshot");
  settle();
  auto later = take("w1", true);
  BOOST_REQUIRE(later);
  BOOST_TEST(later->url != first->url);
}

BOOST_AUTO_TEST_CASE(no_name_is_given_out_before) {
  reach("w1", phase::running);
  is->hold["snapshot"] = is->hold["secure"] = true;
  BOOST_TEST((code(take("w1", true)) == ec::timeout));
}

BOOST_AUTO_TEST_CASE(everybody_hears_of_a_failure) {
  reach("w1", phase::running);
  is->fail["snapshot"] = "store down";
  BOOST_TEST((code(take("w1", true)) == ec::internal));
  auto refused = take("w1");
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == ec::internal));
  BOOST_TEST(berth::describe(refused.error()) == "snapshot failed: store down");
  is->fail.clear();
  BOOST_TEST(bool(take("w1")));
}

BOOST_AUTO_TEST_CASE(a_backup_on_request_is_not_the_last_one) {
  reach("w1", phase::running);
  auto saved = back_up("w1");
  BOOST_REQUIRE(saved);
  BOOST_TEST(saved->url == "object@bucket");
  BOOST_TEST(!(*describe("w1"))->conditions.final_backup_complete);
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST(is->count("archive w1") == 2u);
}

BOOST_AUTO_TEST_CASE(backups_asked_for_together_are_one) {
  reach("w1", phase::running);
  is->hold["archive"] = true;
  back_up("w1");
  back_up("w1");
  BOOST_TEST(is->count("archive w1") == 1u);
  is->let_go("archive");
  settle();
  BOOST_TEST(bool(back_up("w1")));
}

BOOST_AUTO_TEST_CASE(a_backup_that_fails_is_a_loss_and_changes_nothing) {
  reach("w1", phase::running);
  auto before = *describe("w1");
  is->fail["archive"] = "store down";
  auto refused = back_up("w1");
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == ec::data_loss));
  BOOST_TEST(berth::describe(refused.error()) == "backup failed: store down");
  BOOST_TEST((*describe("w1") == before));
}

BOOST_AUTO_TEST_CASE(says_why_it_does_not_stop) {
  reach("w1", phase::running);
  is->hold["archive"] = true;
  BOOST_REQUIRE(stop("w1"));
  auto stored = is->history.size();
  for (auto i = 0; i < 3; ++i)
    is->archives.back().on_waiting("nobody there");
  settle();
  BOOST_TEST((*describe("w1"))->message == "the backup waits: nobody there");
  BOOST_TEST(is->history.size() == stored + 1);
  is->let_go("archive");
  settle();
  BOOST_TEST((*describe("w1"))->message == "");
  is->archives.back().on_waiting("too late");
  settle();
  BOOST_TEST((*describe("w1"))->message == "");
}

BOOST_AUTO_TEST_CASE(an_aborted_one_is_not_saved_any_more) {
  reach("w1", phase::stopping);
  BOOST_REQUIRE(stop("w1", stop_policy::abort));
  BOOST_TEST((code(back_up("w1")) == ec::failed_precondition));
}

BOOST_AUTO_TEST_CASE(a_running_one_is_backed_up_regularly) {
  conf->content.backup_period = 1h;
  conf->timeouts.regular = 24h;
  reach("w1", phase::running);
  reach("w2", phase::running, workspace_type::prebuild);
  BOOST_REQUIRE(mark("w1"));
  advance(59min);
  BOOST_TEST(is->count("archive w1") == 0u);
  advance(1min);
  BOOST_TEST(is->count("archive w1") == 1u);
  is->fail["archive"] = "store down";
  advance(1h);
  is->fail.clear();
  advance(1h);
  BOOST_TEST(is->count("archive w1") == 3u);
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST(is->count("archive w1") == 4u); // the last one
  advance(3h);
  BOOST_TEST(is->count("archive w1") == 4u);
}

BOOST_AUTO_TEST_CASE(nobody_is_backed_up_regularly_unless_told) {
  conf->timeouts.regular = 24h;
  reach("w1", phase::running);
  BOOST_REQUIRE(mark("w1"));
  advance(20h);
  BOOST_TEST(is->count("archive w1") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
