#include "test/builds/build_fixture.hpp"

#include <algorithm>

using namespace berth;
using namespace berth::test;

namespace {

const build_image_job& built(const build_fixture& in) {
  auto found = std::find_if(in.jobs.begin(), in.jobs.end(), [](const auto& it) {
    return std::holds_alternative<build_image_job>(it.job);
  });
  BOOST_REQUIRE(found != in.jobs.end());
  return std::get<build_image_job>(found->job);
}

} // namespace

/// What is there already, and need not be built.
BOOST_FIXTURE_TEST_SUITE(build_images, build_fixture)

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

BOOST_AUTO_TEST_CASE(our_login_is_for_bases_of_ours_alone) {
  all->images.base_repository = "r.example/base";
  base_exists = true;
  start();
  for (auto base : {"r.example/base:1", "r.example/other/base:1",
                    "r.example/baseless:1", "other.example/base:1"}) {
    auto what = request_of();
    what.resolved_base = base;
    build(what);
  }
  BOOST_TEST(with_ours == std::set<std::string>{"r.example/base:1"},
             boost::test_tools::per_element());
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

BOOST_AUTO_TEST_CASE(a_base_that_is_there_is_looked_for_first) {
  all->images.base_repository = "r.example/base";
  all->images.workspace_repository = "r.example/workspace";
  base_exists = true;
  start();
  auto told = build(request_of());
  BOOST_TEST((phase_of(told) == build_phase::done_success));
  BOOST_TEST(count("job build") == 0u);
  BOOST_REQUIRE_EQUAL(jobs.size(), 2u);
  const auto& fetch = std::get<fetch_image_job>(jobs[0].job);
  BOOST_TEST(fetch.reference.starts_with("r.example/x@sha256:"));
  // Its own name it has already.
  const auto& push = std::get<push_image_job>(jobs[1].job);
  BOOST_TEST(push.references == std::vector{told->back()->reference},
             boost::test_tools::per_element());
  BOOST_TEST((told->back()->base_reference == "r.example/base:15"));
  auto forced = request_of();
  forced.force = true;
  build(forced);
  BOOST_TEST(count("job build") == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_that_is_only_here_is_named_again) {
  auto image = stored_image{};
  image.name = "localhost/app:1";
  image.imported = true;
  local.push_back(image);
  auto what = build_request{};
  what.source = image_source{image.name};
  start();
  BOOST_TEST((phase_of(build(what)) == build_phase::done_success));
  BOOST_TEST(jobs.empty());
  BOOST_TEST(count("name localhost/app:1") == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_that_is_only_here_is_packed_for_a_registry) {
  all->images.workspace_repository = "r.example/workspace";
  auto image = stored_image{};
  image.name = "localhost/app:1";
  image.imported = true;
  local.push_back(image);
  auto what = build_request{};
  what.source = image_source{image.name};
  start();
  BOOST_TEST((phase_of(build(what)) == build_phase::done_success));
  BOOST_TEST(count("write /s/builds/work/b0/context/Dockerfile") == 1u);
  BOOST_TEST(built(*this).bases.front().reference == image.name);
  BOOST_TEST(count("job fetch") == 0u);
  BOOST_TEST(count("job push") == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_that_was_found_again_is_not_unpacked) {
  local.push_back({"localhost/workspace@sha256:" + std::string(64, 'd'),
                   "sha256:" + std::string(64, 'd'),
                   {},
                   {},
                   0,
                   0});
  start();
  BOOST_TEST((phase_of(build(request_of())) == build_phase::done_success));
  BOOST_TEST(count("import localhost/workspace:tag") == 0u);
  BOOST_TEST(count("name " + local[0].name) == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_of_this_node_is_not_exported_again) {
  start();
  BOOST_TEST((phase_of(build(request_of())) == build_phase::done_success));
  BOOST_TEST(built(*this).known_id == "");
  // Of another owner's cache nothing is known.
  jobs.clear();
  build(request_of("https://x/r.git", "bob"));
  BOOST_TEST(built(*this).known_id == "");

  auto digest = "sha256:" + std::string(64, 'd');
  local.push_back({"localhost/workspace@" + digest, digest, {"top"}, {}, 0, 0});
  jobs.clear();
  is_left_out = true;
  BOOST_TEST((phase_of(build(request_of())) == build_phase::done_success));
  BOOST_TEST(built(*this).known_id == "id");
  BOOST_TEST(built(*this).known_digest == digest);
  BOOST_TEST(count("name " + local[0].name) == 1u);
  BOOST_TEST(count("hold build-b2") == 1u);
  BOOST_TEST(count("drop build-b2") == 1u);

  // It went, so it is made again.
  local.clear();
  jobs.clear();
  is_left_out = false;
  BOOST_TEST((phase_of(build(request_of())) == build_phase::done_success));
  BOOST_TEST(built(*this).known_id == "");
}

BOOST_AUTO_TEST_CASE(a_build_may_leave_out_nothing_but_what_is_known) {
  is_left_out = true;
  local.push_back({"localhost/other@sha256:" + std::string(64, 'd'),
                   "sha256:" + std::string(64, 'd'),
                   {},
                   {},
                   0,
                   0});
  start();
  auto told = build(request_of());
  BOOST_REQUIRE((phase_of(told) == build_phase::done_failure));
  BOOST_TEST(told->back()->message.find("was removed") != std::string::npos);
  BOOST_TEST(count("import localhost/workspace:tag") == 0u);
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

BOOST_AUTO_TEST_SUITE_END()
