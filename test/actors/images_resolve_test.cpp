#include "test/actors/images_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace berth::test {

BOOST_FIXTURE_TEST_SUITE(images_resolve, image_fixture)

BOOST_AUTO_TEST_CASE(finds_a_local_image_however_it_is_written) {
  listing.present = {layer_a};
  start({image_of("debian:12", {layer_a}), image_of("base", {layer_a})});
  for (auto* name : {"debian:12", "docker.io/library/debian:12", "base",
                     "base:latest", "docker.io/library/base"})
    BOOST_TEST((code(resolve(name)) == ec::none));
  BOOST_TEST((code(resolve("other/repo@" + digest)) == ec::none));
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(pulls_stores_and_then_answers) {
  start();
  auto image = resolve("debian");
  BOOST_REQUIRE(image);
  BOOST_TEST(image->name == "docker.io/library/debian:latest");
  BOOST_TEST(image->layers == (std::vector{layer_a, layer_b}));
  BOOST_TEST(image->bytes == 12u);
  auto& job = std::get<pull_job>(jobs.at(0).job);
  BOOST_TEST(job.reference == "docker.io/library/debian:latest");
  BOOST_TEST(!job.insecure);
  BOOST_TEST(jobs[0].network);
  BOOST_TEST(installed.what.at(1).opaque.at(0) == "etc");
  auto story = heard();
  auto at = [&](const std::string& what) {
    return std::find(story.begin(), story.end(), what) - story.begin();
  };
  BOOST_TEST(at("install") < at("store docker.io/library/debian:latest"));
  BOOST_TEST((code(resolve("debian:latest")) == ec::none));
  BOOST_TEST(jobs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(leaves_no_staging_whatever_the_end) {
  start();
  outcome = make_error(ec::unavailable, "registry down");
  BOOST_TEST((code(resolve("debian")) == ec::unavailable));
  BOOST_TEST(count("remove /s/layers/.staging-") == 1u);
  BOOST_TEST(count("remove /s/blobs/.scratch-") == 1u);
  BOOST_TEST(count("store") == 0u);
}

BOOST_AUTO_TEST_CASE(equal_requests_share_one_pull) {
  start();
  hold_jobs = true;
  auto first
    = self->request(actor, caf::infinite, resolve_image{"debian", nullptr});
  auto second = self->request(
    actor, caf::infinite, resolve_image{"docker.io/library/debian", nullptr});
  settle();
  BOOST_TEST(jobs.size() == 1u);
  end_jobs();
  auto answers = 0;
  first.receive([&](stored_image&) { ++answers; }, [](caf::error&) {});
  second.receive([&](stored_image&) { ++answers; }, [](caf::error&) {});
  BOOST_TEST(answers == 2);
}

BOOST_AUTO_TEST_CASE(uses_the_settings_of_exactly_that_registry) {
  start();
  BOOST_REQUIRE(resolve("127.0.0.1:5000/x"));
  auto& job = std::get<pull_job>(jobs.at(0).job);
  BOOST_TEST(job.insecure);
  BOOST_TEST(!job.auth_json.empty());
  BOOST_REQUIRE(resolve("registry.example.org:5000/x"));
  BOOST_TEST(std::get<pull_job>(jobs.at(1).job).auth_json.empty());
}

BOOST_AUTO_TEST_CASE(asks_no_registry_inside_this_network_uninvited) {
  start();
  for (auto* name : {"localhost:1/x", "127.0.0.1/x", "10.0.0.1:5000/x",
                     "127.0.0.1:5001/x", "intranet:80/x"})
    BOOST_TEST((code(resolve(name)) == ec::permission_denied));
  BOOST_TEST((code(resolve("localhost/x")) == ec::not_found));
  for (auto* name : {"--help", "a\nb", "http://host/x", "x@sha256:zz"})
    BOOST_TEST((code(resolve(name)) == ec::invalid_argument));
  BOOST_TEST(jobs.empty());
}

BOOST_AUTO_TEST_CASE(pulls_anew_what_has_lost_a_layer) {
  start({image_of("docker.io/library/debian:latest", {layer_a})});
  BOOST_REQUIRE(resolve("debian"));
  BOOST_TEST(jobs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(spares_layers_that_are_there) {
  listing.present = {layer_b, "finish-" + layer_c};
  start();
  BOOST_REQUIRE(resolve("debian"));
  BOOST_TEST((std::get<pull_job>(jobs.at(0).job).have
              == std::vector<std::string>{layer_b}));
}

BOOST_AUTO_TEST_CASE(unpacks_with_ids_that_no_workspace_has) {
  start();
  BOOST_REQUIRE(resolve("debian"));
  BOOST_TEST(jobs.at(0).range.start == 1'000'000u + 9'999u * 65'536u);
}

BOOST_AUTO_TEST_CASE(shows_nothing_below_an_opaque_root) {
  start();
  outcome = unpacked({{layer_a, 1, {}}, {layer_b, 1, {""}}, {layer_c, 1, {}}});
  auto image = resolve("debian");
  BOOST_REQUIRE(image);
  BOOST_TEST(image->layers == (std::vector{layer_a, layer_b}));
}

BOOST_AUTO_TEST_CASE(what_is_not_stored_is_not_there) {
  start();
  store_broken = true;
  BOOST_TEST((code(resolve("debian")) == ec::unavailable));
  auto list = ask<image_list>(actor, list_images{});
  BOOST_REQUIRE(list);
  BOOST_TEST(list->images.empty());
  BOOST_TEST(count("move /s/layers/" + layer_a) == 1u);
}

BOOST_AUTO_TEST_CASE(a_layer_that_was_not_unpacked_fails_the_image) {
  start();
  install_refused = make_error(ec::data_loss, "layer was not unpacked");
  BOOST_TEST((code(resolve("debian")) == ec::data_loss));
  BOOST_TEST(count("store") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
