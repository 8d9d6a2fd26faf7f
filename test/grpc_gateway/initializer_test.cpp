#include "grpc_gateway/convert/initializer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace berth;
using contentservice::WorkspaceInitializer;

namespace {

result<gateway::initializer_parts> parts_of(const WorkspaceInitializer& it) {
  return gateway::take_apart(it, "o1", bucket_scheme{}, false);
}

/// Why it is refused, empty if it is not.
std::string refusal_of(const WorkspaceInitializer& it) {
  auto parts = parts_of(it);
  if (parts)
    return {};
  BOOST_CHECK(code_of(parts.error()) == ec::invalid_argument);
  return describe(parts.error());
}

void fill(contentservice::GitInitializer& git) {
  git.set_remote_uri("https://git.example.com/a");
  git.mutable_config();
}

void add_file(contentservice::FileDownloadInitializer& to,
              const std::string& path) {
  auto& file = *to.add_files();
  file.set_url("https://e.com/f");
  file.set_file_path(path);
  file.set_digest("sha256:" + std::string(64, 'a'));
}

} // namespace

// What is taken here is taken by the worker that fills the content, too: a
// fault that only that finds comes after the start was acknowledged.
BOOST_AUTO_TEST_SUITE(initializer_test)

BOOST_AUTO_TEST_CASE(a_file_is_downloaded_once) {
  auto it = WorkspaceInitializer{};
  add_file(*it.mutable_download(), "f");
  BOOST_TEST(refusal_of(it) == "");
  add_file(*it.mutable_download(), "g");
  BOOST_TEST(refusal_of(it) == "");
  add_file(*it.mutable_download(), "f");
  BOOST_TEST(refusal_of(it) == "initializer.download.file_path: there twice");
}

BOOST_AUTO_TEST_CASE(a_download_has_a_path_that_is_not_too_long) {
  auto it = WorkspaceInitializer{};
  auto deep = std::string{"d"};
  while (deep.size() < 4000)
    deep += "/d";
  add_file(*it.mutable_download(), deep);
  BOOST_TEST(refusal_of(it) == "");
  it.mutable_download()->set_target_location(deep);
  BOOST_TEST(refusal_of(it).starts_with("initializer.download.file_path"));
}

BOOST_AUTO_TEST_CASE(repositories_of_prebuilds_count) {
  auto it = WorkspaceInitializer{};
  for (auto i = 0; i < 2; ++i) {
    auto& part = *it.mutable_composite()->add_initializer();
    for (auto k = 0; k < 14; ++k)
      fill(*part.mutable_prebuild()->add_git());
  }
  BOOST_TEST(refusal_of(it) == "");
  for (auto k = 0; k < 2; ++k)
    fill(*it.mutable_composite()
            ->mutable_initializer(0)
            ->mutable_prebuild()
            ->add_git());
  BOOST_TEST(refusal_of(it)
             == "initializer.composite.1.prebuild: too many repositories");
}

BOOST_AUTO_TEST_CASE(the_remote_head_has_no_name) {
  auto it = WorkspaceInitializer{};
  fill(*it.mutable_git());
  it.mutable_git()->set_clone_taget("no..name");
  BOOST_TEST(refusal_of(it) == "");
  it.mutable_git()->set_target_mode(contentservice::REMOTE_BRANCH);
  BOOST_TEST(refusal_of(it).starts_with("initializer.git.clone_taget"));
}

BOOST_AUTO_TEST_CASE(a_password_may_look_like_what_stands_for_one) {
  auto it = WorkspaceInitializer{};
  fill(*it.mutable_git());
  it.mutable_git()->mutable_config()->set_auth_password(
    "extracted-secret/hunter2");
  auto parts = parts_of(it);
  BOOST_REQUIRE(parts);
  BOOST_TEST(parts->secrets["initializer.git"] == "extracted-secret/hunter2");
  BOOST_TEST(parts->bytes.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
