#include "core/builds/references.hpp"

#include <boost/test/unit_test.hpp>

namespace berth {

namespace {

constexpr auto base_repository = "registry/base";
constexpr auto workspace_repository = "registry/workspace";

dockerfile_source first_row() {
  auto source = dockerfile_source{};
  source.clone_target = "main";
  source.context_path = ".";
  source.dockerfile_path = ".gitpod.Dockerfile";
  source.dockerfile_version = "some-version";
  source.remote_uri = "https://github.com/gitpod-io/gitpod.git";
  source.initializer = "not looked at";
  return source;
}

dockerfile_source second_row() {
  auto source = dockerfile_source{};
  source.dockerfile_path = "Dockerfile";
  source.remote_uri = "https://example.com/r.git";
  return source;
}

dockerfile_source of_commit() {
  auto source = first_row();
  source.clone_target = "0123456789abcdef0123456789abcdef01234567";
  return source;
}

std::string base_of(const dockerfile_source& source) {
  auto reference = base_reference(source, base_repository);
  return reference ? *reference : to_string(code_of(reference.error()));
}

std::string workspace_of(const std::string& base) {
  auto reference = workspace_reference(base, workspace_repository);
  return reference ? *reference : to_string(code_of(reference.error()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(build_references)

BOOST_AUTO_TEST_CASE(are_those_that_other_builders_of_the_platform_compute) {
  const struct {
    dockerfile_source source;
    std::string base, workspace;
  } table[] = {
    {first_row(),
     "240015421cdbcea3d236cd7976bddb5920aee19599cb9765b1c4946d98ee3266",
     "c045ea9939213874cf3d48f08d211f26d26327325a96858f8c6c9e2e62f433d7"},
    {second_row(),
     "90fe543151e6060e36ddff6c9e22ee13f79100336c624c9cb6eb7f6cec9ec16c",
     "896c2f0e31ef1cd43a3d0c1322b96449f72f20c6d932ee6338521edb0cbeb8b4"},
    {of_commit(),
     "6d908d3224e2d0d9638f398ad643ba2fcfab91da5f9f8bbbac948c14c83f6c89",
     "cc767cdc4f7304f6f51c9aa4135bf915f9f7d5e62330f6e87e55bb9a0e4331f8"},
  };
  for (const auto& row : table) {
    auto base = base_of(row.source);
    BOOST_TEST(base == "registry/base:" + row.base);
    BOOST_TEST(workspace_of(base) == "registry/workspace:" + row.workspace);
  }
}

BOOST_AUTO_TEST_CASE(of_workspaces_hash_the_whole_reference_of_the_base) {
  const std::pair<std::string, std::string> table[] = {
    {"source-image:latest",
     "2b1325adbf901167f47a914a62d377c98f1e32e0837dafb95ca86ca9d08ab14e"},
    {"docker.io/library/alpine@sha256:"
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "6589bb652d002c336391a2c725a421fe9fd52a4a149e3928843382355947754f"},
  };
  for (const auto& [base, hash] : table)
    BOOST_TEST(workspace_of(base) == "registry/workspace:" + hash);
}

BOOST_AUTO_TEST_CASE(change_with_everything_that_is_built) {
  auto same = base_of(first_row());
  for (auto field :
       {&dockerfile_source::clone_target, &dockerfile_source::context_path,
        &dockerfile_source::dockerfile_path,
        &dockerfile_source::dockerfile_version,
        &dockerfile_source::remote_uri}) {
    auto other = first_row();
    other.*field += "x";
    BOOST_TEST(base_of(other) != same);
  }
}

BOOST_AUTO_TEST_CASE(of_git_do_not_change_with_how_it_is_cloned) {
  auto other = first_row();
  other.initializer = "another checkout, another user";
  other.secrets["initializer.git"] = "secret";
  BOOST_TEST(base_of(other) == base_of(first_row()));
}

BOOST_AUTO_TEST_CASE(of_other_contents_are_those_of_their_initializers) {
  auto one = second_row();
  one.remote_uri.clear();
  one.initializer = "a snapshot";
  auto other = one;
  BOOST_TEST(base_of(other) == base_of(one));
  other.initializer = "another snapshot";
  BOOST_TEST(base_of(other) != base_of(one));
  other.initializer.clear();
  BOOST_TEST(base_of(other) == "invalid_argument");
}

BOOST_AUTO_TEST_CASE(cannot_be_made_alike_with_line_ends) {
  for (auto field :
       {&dockerfile_source::clone_target, &dockerfile_source::context_path,
        &dockerfile_source::dockerfile_path,
        &dockerfile_source::dockerfile_version,
        &dockerfile_source::remote_uri}) {
    auto source = first_row();
    source.*field += "\nSource: git";
    BOOST_TEST(base_of(source) == "invalid_argument");
  }
}

BOOST_AUTO_TEST_CASE(need_repositories) {
  auto base = base_reference(first_row(), "");
  BOOST_TEST((!base && code_of(base.error()) == ec::failed_precondition));
  auto workspace = workspace_reference("x", "");
  BOOST_TEST(
    (!workspace && code_of(workspace.error()) == ec::failed_precondition));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth
