#include "test/support/workspace_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

namespace {

struct admitting_node : test::open_node {
  ec refusal_of(const workspace_spec& spec) {
    auto accepted = start(spec);
    return accepted ? ec::none : code_of(accepted.error());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(workspace_admission, admitting_node)

BOOST_AUTO_TEST_CASE(a_repeated_start_gets_no_second_container) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_TEST((refusal_of(spec_of("w1")) == ec::already_exists));
  BOOST_TEST(is->count("launch w1") == 1u);
}

BOOST_AUTO_TEST_CASE(a_start_repeated_before_it_is_stored_is_refused_too) {
  is->hold["keep-secrets"] = true;
  start(spec_of("w1"), {{"initializer.git", "secret"}});
  BOOST_TEST((refusal_of(spec_of("w1")) == ec::already_exists));
}

BOOST_AUTO_TEST_CASE(a_live_meta_id_has_one_instance) {
  BOOST_REQUIRE(start(spec_of("w1")));
  auto other = spec_of("w2");
  other.meta_id = "meta-w1";
  BOOST_TEST((refusal_of(other) == ec::already_exists));
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST((refusal_of(other) == ec::none));
}

BOOST_AUTO_TEST_CASE(no_two_live_at_one_address) {
  BOOST_REQUIRE(start(spec_of("w1")));
  for (auto* meta_id : {"META-w1", "8080-meta-w1"}) {
    auto other = spec_of("w2");
    other.meta_id = meta_id;
    BOOST_TEST((refusal_of(other) == ec::already_exists), meta_id);
  }
  BOOST_TEST((refusal_of(spec_of("W1")) == ec::already_exists));
}

BOOST_AUTO_TEST_CASE(an_instance_id_is_used_once) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST((refusal_of(spec_of("w1")) == ec::failed_precondition));
}

BOOST_AUTO_TEST_CASE(a_full_node_refuses_and_changes_nothing) {
  conf->runtime.max_workspaces = 1;
  BOOST_REQUIRE(start(spec_of("w1")));
  auto before = is->log;
  BOOST_TEST((refusal_of(spec_of("w2")) == ec::exhausted));
  BOOST_TEST(is->log == before);
  BOOST_TEST(list().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_ghost_holds_a_place_and_gives_way) {
  conf->runtime.max_workspaces = 1;
  auto ghost = spec_of("g1");
  ghost.type = workspace_type::ghost;
  BOOST_REQUIRE(start(ghost));
  BOOST_TEST((phase_of("g1") == phase::running));
  BOOST_TEST(is->count("launch g1") == 1u);
  BOOST_TEST(is->count("fill g1") == 0u);
  auto second_ghost = spec_of("g2");
  second_ghost.type = workspace_type::ghost;
  BOOST_TEST((refusal_of(second_ghost) == ec::exhausted));
  BOOST_TEST((refusal_of(spec_of("w1")) == ec::none));
  BOOST_TEST((phase_of("g1") == phase::stopped));
  BOOST_TEST((phase_of("w1") == phase::running));
}

BOOST_AUTO_TEST_CASE(a_workspace_takes_over_what_a_ghost_prepared) {
  auto ghost = spec_of("g1");
  ghost.type = workspace_type::ghost;
  BOOST_REQUIRE(start(ghost));
  auto slot = (*describe("g1"))->slot;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_TEST((phase_of("g1") == phase::stopped));
  BOOST_TEST(is->count("release g1") == 0u);
  auto record = *describe("w1");
  BOOST_TEST((record->phase == phase::running));
  BOOST_TEST(record->container_id() == "g1");
  BOOST_TEST(record->slot == slot);
  BOOST_TEST(record->container.pid == 4242);
  BOOST_TEST(is->count("wake g1 as meta-w1") == 1u);
  BOOST_TEST(is->count("launch w1") == 0u);
  // The slot is taken as long as the workspace lives.
  BOOST_REQUIRE(start(spec_of("w2")));
  BOOST_TEST((*describe("w2"))->slot != slot);
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST(is->count("terminate g1 30000") == 1u);
  BOOST_TEST(is->count("release g1") == 1u);
  BOOST_REQUIRE(start(spec_of("w3")));
  BOOST_TEST((*describe("w3"))->slot == slot);
}

BOOST_AUTO_TEST_CASE(a_ghost_of_another_kind_stays) {
  auto ghost = spec_of("g1");
  ghost.type = workspace_type::ghost;
  ghost.image = "other";
  BOOST_REQUIRE(start(ghost));
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_TEST((phase_of("g1") == phase::running));
  BOOST_TEST(is->count("launch w1") == 1u);
  advance(48h);
  BOOST_TEST((phase_of("g1") == phase::running));
}

BOOST_AUTO_TEST_CASE(class_and_image_choose_the_kind_of_container) {
  is->image_label = "compatible";
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_TEST(
    (is->kinds["w1"] == container_kind::own)); // nobody asked the image
  conf->classes["default"].container = std::nullopt;
  BOOST_REQUIRE(start(spec_of("w2")));
  BOOST_TEST((is->kinds["w2"] == container_kind::compatible));
  BOOST_TEST(((*describe("w2"))->kind == container_kind::compatible));
  is->image_label = "privileged";
  BOOST_REQUIRE(start(spec_of("w3")));
  BOOST_TEST((phase_of("w3") == phase::stopped));
  BOOST_TEST((*describe("w3"))->conditions.failed
             == "cannot pull image: the image's label berth.container is "
                "neither own nor compatible");
  BOOST_TEST(!is->kinds.contains("w3"));
}

BOOST_AUTO_TEST_CASE(a_ghost_in_another_kind_of_container_is_not_woken) {
  auto ghost = spec_of("g1");
  ghost.type = workspace_type::ghost;
  BOOST_REQUIRE(start(ghost));
  conf->classes["default"].container = container_kind::compatible;
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_TEST(is->count("wake g1 as meta-w1") == 0u);
  BOOST_TEST(is->count("launch w1") == 1u);
  BOOST_TEST((is->kinds["w1"] == container_kind::compatible));
}

BOOST_AUTO_TEST_CASE(what_does_not_wake_is_made_anew) {
  auto ghost = spec_of("g1");
  ghost.type = workspace_type::ghost;
  BOOST_REQUIRE(start(ghost));
  is->fail["wake"] = "it is gone";
  BOOST_REQUIRE(start(spec_of("w1")));
  auto record = *describe("w1");
  BOOST_TEST((record->phase == phase::running));
  BOOST_TEST(record->container_id() == "w1");
  BOOST_TEST(is->count("release g1") == 1u);
  BOOST_TEST(is->count("launch w1") == 1u);
}

BOOST_AUTO_TEST_CASE(a_crash_while_a_ghost_gives_way_leaves_one_owner) {
  auto ghost = spec_of("g1");
  ghost.type = workspace_type::ghost;
  BOOST_REQUIRE(start(ghost));
  auto before = is->disk["g1"];
  is->hold["wake"] = true;
  BOOST_REQUIRE(start(spec_of("w1")));
  is->disk["g1"] = before; // that it had given way was not on disk yet
  is->hold["wake"] = false;
  open();
  settle();
  BOOST_TEST((phase_of("g1") == phase::stopped));
  BOOST_TEST((phase_of("w1") == phase::running));
  BOOST_TEST((*describe("w1"))->container_id() == "w1");
  BOOST_TEST(is->count("release g1") == 1u);
  BOOST_REQUIRE(start(spec_of("w2")));
  BOOST_TEST((*describe("w1"))->slot != (*describe("w2"))->slot);
}

BOOST_AUTO_TEST_CASE(slots_are_apart_and_are_used_again) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(start(spec_of("w2")));
  BOOST_TEST((*describe("w1"))->slot != (*describe("w2"))->slot);
  auto freed = (*describe("w1"))->slot;
  BOOST_REQUIRE(stop("w1"));
  BOOST_REQUIRE(start(spec_of("w3")));
  BOOST_TEST((*describe("w3"))->slot == freed);
}

BOOST_AUTO_TEST_CASE(the_pools_bound_how_many_live) {
  // Of ten ranges, one is the unpacker's, one the sessions' and two are for
  // builds.
  for (int i = 0; i < 6; ++i)
    BOOST_REQUIRE(start(spec_of("w" + std::to_string(i))));
  BOOST_TEST((refusal_of(spec_of("w6")) == ec::exhausted));
}

BOOST_AUTO_TEST_CASE(stopping_what_is_not_there_is_fine) {
  BOOST_TEST(bool(stop("nobody")));
  BOOST_TEST((code_of(describe("nobody").error()) == ec::not_found));
  BOOST_TEST((code_of(mark("nobody").error()) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_stopped_workspace_can_only_be_looked_at) {
  BOOST_REQUIRE(start(spec_of("w1")));
  BOOST_REQUIRE(stop("w1"));
  BOOST_TEST((code_of(take("w1").error()) == ec::failed_precondition));
  auto before = *describe("w1");
  BOOST_TEST(bool(mark("w1")));
  BOOST_TEST((*describe("w1") == before));
}

BOOST_AUTO_TEST_CASE(filters_are_anded) {
  auto one = spec_of("w1");
  one.annotations = {{"team", "a"}, {"tier", "b"}};
  BOOST_REQUIRE(start(one));
  BOOST_REQUIRE(start(spec_of("w2")));
  BOOST_TEST(list().size() == 2u);
  BOOST_TEST(list({.meta_id = "meta-w1"}).size() == 1u);
  BOOST_TEST(list({.owner = "anna"}).size() == 2u);
  BOOST_TEST(list({.owner = "bert"}).empty());
  BOOST_TEST(list({.annotations = {{"team", "a"}}}).size() == 1u);
  BOOST_TEST(list({.owner = "anna", .annotations = {{"team", "x"}}}).empty());
  BOOST_TEST(list({.annotations = {{"team", "a"}, {"tier", "b"}}}).size()
             == 1u);
  BOOST_TEST(list({.annotations = {{"team", ""}}}).empty());
  BOOST_TEST(list({.owner = "bert", .meta_id = "meta-w1"}).empty());
  BOOST_TEST(list({.meta_id = "meta-"}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
