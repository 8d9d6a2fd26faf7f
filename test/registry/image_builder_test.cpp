#include "core/base64.hpp"
#include "test/registry/image_builder_fixture.hpp"
#include "test/registry/registry_world.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

namespace berth::test {

namespace {

using grpc::StatusCode;

builder::BuildRegistryAuth allow_all() {
  auto auth = builder::BuildRegistryAuth{};
  auth.mutable_total()->set_allow_all(true);
  return auth;
}

builder::ResolveWorkspaceImageRequest of_dockerfile() {
  auto request = builder::ResolveWorkspaceImageRequest{};
  auto& file = *request.mutable_source()->mutable_file();
  file.set_dockerfile_path("Dockerfile");
  auto& git = *file.mutable_source()->mutable_git();
  git.set_remote_uri("https://example.com/r.git");
  return request;
}

constexpr auto hash_of_dockerfile
  = "90fe543151e6060e36ddff6c9e22ee13f79100336c624c9cb6eb7f6cec9ec16c";

} // namespace

BOOST_FIXTURE_TEST_SUITE(image_builder, image_builder_fixture)

BOOST_AUTO_TEST_CASE(a_base_image_is_resolved_with_the_credentials_allowed) {
  auto images = sample_images{};
  registry.push(images.multi(), "team/app:1");
  auto digest = name("team/app@" + images.digest());
  auto found = resolve(name("team/app:1"), allow_all());
  BOOST_TEST(found.why == "");
  BOOST_TEST(found.reference == digest);
  auto own = builder::BuildRegistryAuth{};
  (*own.mutable_additional())[registry.host()] = to_base64("anna:secret");
  BOOST_TEST(resolve(name("team/app:1"), own).reference == digest);
  auto selective = builder::BuildRegistryAuth{};
  selective.mutable_selective()->set_allow_baserep(true);
  BOOST_TEST(resolve(digest, selective).reference == digest);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_resolved_has_its_status) {
  auto any = builder::BuildRegistryAuth{};
  // The node's own registry is not the caller's to name.
  any.mutable_selective()->add_any_of(registry.host());
  const struct {
    std::string reference;
    builder::BuildRegistryAuth auth;
    StatusCode code;
  } table[] = {
    {"A B", {}, StatusCode::INVALID_ARGUMENT},
    {"", {}, StatusCode::INVALID_ARGUMENT},
    {name("team/none:1"), allow_all(), StatusCode::NOT_FOUND},
    {name("team/none:1"), {}, StatusCode::UNAUTHENTICATED},
    {name("team/none:1"), any, StatusCode::UNAUTHENTICATED},
    {"127.0.0.1:1/x", allow_all(), StatusCode::PERMISSION_DENIED},
  };
  for (const auto& row : table) {
    auto said = resolve(row.reference, row.auth);
    BOOST_TEST(said.code == row.code, said.why);
    BOOST_TEST(said.why.find("secret") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_workspace_image_is_there_or_not) {
  auto missing = resolve(of_dockerfile());
  BOOST_TEST(missing.why == "");
  BOOST_TEST(missing.status == builder::unknown);
  BOOST_TEST(missing.base == name(std::string{"bases:"} + hash_of_dockerfile));
  BOOST_TEST(missing.reference.starts_with(name("workspaces:")));
  auto images = sample_images{};
  registry.push(images.single(),
                missing.reference.substr(registry.host().size() + 1));
  auto found = resolve(of_dockerfile());
  BOOST_TEST(found.status == builder::done_success);
  BOOST_TEST(found.reference == missing.reference);
  BOOST_TEST(found.base == missing.base);
  auto of_image = builder::ResolveWorkspaceImageRequest{};
  *of_image.mutable_auth() = allow_all();
  of_image.mutable_source()->mutable_ref()->set_ref(missing.reference);
  found = resolve(of_image);
  BOOST_TEST(found.base == name("workspaces@" + images.digest()));
  BOOST_TEST(found.status == builder::unknown);
}

BOOST_AUTO_TEST_CASE(a_source_that_is_none_is_refused) {
  auto request = builder::ResolveWorkspaceImageRequest{};
  BOOST_TEST(resolve(request).code == StatusCode::INVALID_ARGUMENT);
  request.mutable_source();
  BOOST_TEST(resolve(request).code == StatusCode::INVALID_ARGUMENT);
  request = of_dockerfile();
  request.mutable_source()->mutable_file()->clear_source();
  BOOST_TEST(resolve(request).code == StatusCode::INVALID_ARGUMENT);
  for (auto* text : {"a\nb", "\x1b[0m"}) {
    request = of_dockerfile();
    request.mutable_source()->mutable_file()->set_context_path(text);
    BOOST_TEST(resolve(request).code == StatusCode::INVALID_ARGUMENT);
  }
  request = of_dockerfile();
  request.mutable_source()
    ->mutable_file()
    ->mutable_source()
    ->mutable_git()
    ->set_remote_uri("ext::sh -c id");
  BOOST_TEST(resolve(request).code == StatusCode::INVALID_ARGUMENT);
}

BOOST_AUTO_TEST_CASE(an_image_that_is_there_is_found_in_milliseconds) {
  auto images = sample_images{};
  auto first = resolve(of_dockerfile());
  registry.push(images.single(),
                first.reference.substr(registry.host().size() + 1));
  auto median = [this](const char* where) {
    auto times = std::vector<double>{};
    for (int i = 0; i < 20; ++i) {
      auto found = resolve(of_dockerfile());
      BOOST_REQUIRE(found.status == builder::done_success);
      times.push_back(found.took.count());
    }
    std::nth_element(times.begin(), times.begin() + 10, times.end());
    BOOST_TEST_MESSAGE(where << ": " << times[10] << " ms (median of 20)");
    return times[10];
  };
  auto there = median("asked of the registry");
  auto image = stored_image{};
  image.name = first.reference;
  here.images = {image};
  // No worker, no registry.
  BOOST_TEST(median("found on the node") < there);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
