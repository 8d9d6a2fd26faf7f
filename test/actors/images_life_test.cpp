#include "test/actors/images_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace berth::test {

BOOST_FIXTURE_TEST_SUITE(images_life, image_fixture)

BOOST_AUTO_TEST_CASE(imports_under_its_name_without_a_network) {
  start();
  auto image = ask<stored_image>(actor, import_image{"base:1", nullptr});
  BOOST_REQUIRE(image);
  BOOST_TEST(image->name == "base:1");
  BOOST_TEST(!jobs.at(0).network);
  BOOST_TEST((code(resolve("base:1")) == ec::none));
}

BOOST_AUTO_TEST_CASE(another_name_for_an_image_keeps_its_layers) {
  listing.present = {layer_a};
  start({image_of("one", {layer_a})});
  auto again = import_image{"two", nullptr};
  again.same_as = "one";
  auto image = ask<stored_image>(actor, again);
  BOOST_REQUIRE(image);
  BOOST_TEST(image->digest == digest);
  BOOST_TEST(image->imported);
  BOOST_TEST(jobs.empty());
  BOOST_TEST(!!ask<done>(actor, remove_image{"one"}));
  BOOST_TEST(count("move") == 0u);
  BOOST_TEST((code(resolve("two")) == ec::none));
  again.same_as = "none";
  BOOST_TEST((code(ask<stored_image>(actor, again)) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_digest_with_two_names_says_which_to_remove) {
  listing.present = {layer_a};
  start({image_of("localhost/app:1", {layer_a}),
         image_of("localhost/app:2", {layer_a})});
  auto refused
    = ask<done>(actor, remove_image{"localhost/app@" + std::string{digest}});
  BOOST_TEST((code_of(refused.error()) == ec::failed_precondition));
  BOOST_TEST(describe(refused.error()).find("localhost/app:2")
             != std::string::npos);
  BOOST_TEST(!!ask<done>(actor, remove_image{"localhost/app:1"}));
  BOOST_TEST(
    !!ask<done>(actor, remove_image{"localhost/app@" + std::string{digest}}));
}

BOOST_AUTO_TEST_CASE(imports_under_no_other_name_than_a_reference) {
  start();
  auto image = ask<stored_image>(actor, import_image{"../x", nullptr});
  BOOST_TEST((code(image) == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(an_import_replaces_the_image_of_that_name) {
  start();
  BOOST_REQUIRE(ask<stored_image>(actor, import_image{"base", nullptr}));
  outcome = unpacked({{layer_a, 5, {}}, {layer_c, 7, {}}});
  BOOST_REQUIRE(ask<stored_image>(actor, import_image{"base", nullptr}));
  BOOST_TEST(count("move /s/layers/" + layer_b) == 1u);
  BOOST_TEST(count("move /s/layers/" + layer_a) == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_built_here_is_there_by_digest_when_built_anew) {
  auto digest_of = [](char c) { return "sha256:" + std::string(64, c); };
  listing.present = {layer_a, layer_b};
  auto images = std::vector<stored_image>{};
  for (auto c : {'1', '2', '3', '4', '5', '6', '7'}) {
    auto& each
      = images.emplace_back(image_of(std::string{"made"} + c, {layer_a}));
    each.digest = digest_of(c);
    each.created_ns = c - '0';
  }
  images.front().layers = {layer_b};
  start(images);
  auto again = import_image{"localhost/app:t", nullptr};
  for (const auto& each : images) {
    again.same_as = each.name;
    BOOST_REQUIRE(ask<stored_image>(actor, again));
    BOOST_TEST(!!ask<done>(actor, remove_image{each.name}));
  }
  auto by_digest
    = [&](char c) { return code(resolve("localhost/app@" + digest_of(c))); };
  // Five earlier ones, and the one that has the name.
  for (auto c : {'2', '3', '4', '5', '6', '7'})
    BOOST_TEST((by_digest(c) == ec::none), c);
  BOOST_TEST((by_digest('1') != ec::none));
  BOOST_TEST(count("move /s/layers/" + layer_b) == 1u);
  BOOST_TEST(
    !!ask<done>(actor, remove_image{"localhost/app@" + digest_of('3')}));
  BOOST_TEST((by_digest('3') != ec::none));
}

BOOST_AUTO_TEST_CASE(removing_the_last_user_removes_a_layer) {
  listing.present = {layer_a, layer_b};
  start({image_of("one", {layer_a}), image_of("two", {layer_a, layer_b})});
  BOOST_TEST(!!ask<done>(actor, remove_image{"two"}));
  BOOST_TEST(count("move /s/layers/" + layer_b) == 1u);
  BOOST_TEST(count("move /s/layers/" + layer_a) == 0u);
  BOOST_TEST(!!ask<done>(actor, remove_image{"one"}));
  BOOST_TEST(count("move /s/layers/" + layer_a) == 1u);
}

BOOST_AUTO_TEST_CASE(a_running_workspace_keeps_its_layers) {
  listing.present = {layer_a};
  start({image_of("one", {layer_a})});
  self->send(actor, hold_layers{"w1", {layer_a}});
  BOOST_TEST(!!ask<done>(actor, remove_image{"one"}));
  BOOST_TEST(count("move") == 0u);
  self->send(actor, drop_layers{"w1"});
  settle();
  BOOST_TEST(count("move /s/layers/" + layer_a) == 1u);
}

BOOST_AUTO_TEST_CASE(no_layer_goes_while_an_image_is_unpacked) {
  listing.present = {layer_a};
  start({image_of("one", {layer_a})});
  hold_jobs = true;
  auto pending
    = self->request(actor, caf::infinite, resolve_image{"debian", nullptr});
  settle();
  BOOST_TEST(!!ask<done>(actor, remove_image{"one"}));
  BOOST_TEST(count("move") == 0u);
  end_jobs();
  pending.receive([](stored_image&) {}, [](caf::error&) {});
  BOOST_TEST(count("move /s/layers/" + layer_a) == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_crash_left_is_cleared_away) {
  listing.present = {layer_a};
  listing.leftovers = {"/s/layers/.staging-7", "/s/blobs/.scratch-7"};
  start();
  BOOST_TEST(count("remove /s/layers/.staging-7") == 1u);
  BOOST_TEST(count("remove /s/blobs/.scratch-7") == 1u);
  BOOST_TEST(count("move") == 0u);
}

BOOST_AUTO_TEST_CASE(removing_what_is_not_there_is_not_found) {
  start();
  auto outcome = ask<done>(actor, remove_image{"none"});
  BOOST_REQUIRE(!outcome);
  BOOST_TEST((code_of(outcome.error()) == ec::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
