#include "grpc_gateway/convert/build_source.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace berth;

namespace {

/// How a build fetches what this asks for.
contentservice::CloneTargetMode mode_of(contentservice::CloneTargetMode asked,
                                        const std::string& target) {
  auto source = builder::BuildSource{};
  auto& git = *source.mutable_file()->mutable_source()->mutable_git();
  git.set_remote_uri("https://git.example.com/a");
  git.set_target_mode(asked);
  git.set_clone_taget(target);
  git.mutable_config();
  auto read = gateway::to_build_source(source, "o1", settings{});
  BOOST_REQUIRE(read);
  auto& file = std::get<dockerfile_source>(*read);
  BOOST_TEST(file.clone_target == target);
  auto kept = contentservice::WorkspaceInitializer{};
  BOOST_REQUIRE(kept.ParseFromString(file.initializer));
  return kept.git().target_mode();
}

} // namespace

BOOST_AUTO_TEST_SUITE(build_source_test)

// Its name tells of the target and not of the mode.
BOOST_AUTO_TEST_CASE(an_image_is_made_of_what_it_is_called_after) {
  using namespace contentservice;
  const auto commit = std::string(40, 'a');
  for (auto mode : {REMOTE_HEAD, REMOTE_COMMIT, REMOTE_BRANCH, LOCAL_BRANCH}) {
    BOOST_TEST(mode_of(mode, commit) == REMOTE_COMMIT);
    BOOST_TEST(mode_of(mode, "badcafe") == REMOTE_COMMIT);
    BOOST_TEST(mode_of(mode, "main")
               == (mode == REMOTE_COMMIT ? REMOTE_COMMIT : REMOTE_BRANCH));
  }
  BOOST_TEST(mode_of(REMOTE_HEAD, "") == REMOTE_HEAD);
}

BOOST_AUTO_TEST_SUITE_END()
