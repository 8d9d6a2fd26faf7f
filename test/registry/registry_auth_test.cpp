#include "core/base64.hpp"
#include "core/builds/registry_auth.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

namespace berth {

namespace {

settings with_repositories() {
  auto all = settings{};
  all.images.base_repository = "base.example/images";
  all.images.workspace_repository = "ws.example:5000/images";
  return all;
}

build_auth with(const std::function<void(build_auth&)>& change) {
  auto auth = build_auth{};
  change(auth);
  return auth;
}

build_auth any_of(std::vector<std::string> hosts) {
  return with([&](build_auth& auth) { auth.any_of = std::move(hosts); });
}

std::string own_login(const std::string& registry, const std::string& text) {
  auto auth = build_auth{};
  auth.additional[registry] = text;
  auto login = additional_login(auth, registry);
  return login ? login->user + " / " + login->password : "none";
}

std::string stored_login(const std::string& document, const std::string& name) {
  auto login = login_in(document, *parse_image_reference(name));
  if (!login)
    return to_string(code_of(login.error()));
  if (!*login)
    return "none";
  return (*login)->identity_token.empty()
           ? (*login)->user + " / " + (*login)->password
           : "token " + (*login)->identity_token;
}

std::string entry(const std::string& key, const std::string& login) {
  return '"' + key + R"(": {"auth": ")" + to_base64(login) + "\"}";
}

std::string document(const std::string& entries) {
  return R"({"auths": {)" + entries + "}}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(registry_credentials)

BOOST_AUTO_TEST_CASE(of_the_installation_are_for_registries_that_are_allowed) {
  const auto nobody = build_auth{};
  const auto all = with([](build_auth& auth) { auth.all = true; });
  const auto base = with([](build_auth& auth) { auth.base_repository = true; });
  const auto workspace
    = with([](build_auth& auth) { auth.workspace_repository = true; });
  const struct {
    build_auth auth;
    std::string registry;
    bool may;
  } table[] = {
    {nobody, "r.example", false},
    {nobody, "base.example", false},
    {all, "r.example", true},
    {all, "ws.example:5000", true},
    {any_of({"r.example"}), "r.example", true},
    {any_of({"r.example"}), "r.example:5000", false},
    {any_of({"r.example:5000"}), "r.example", false},
    {any_of({"r.example"}), "R.example", false},
    {any_of({"r.example"}), "r.example.evil.com", false},
    {any_of({"docker.io"}), "docker.io.evil.com", false},
    {any_of({"docker.io"}), "evil-docker.io", false},
    {base, "base.example", true},
    {base, "base.example:443", false},
    {base, "ws.example:5000", false},
    {workspace, "ws.example:5000", true},
    {workspace, "ws.example", false},
    {workspace, "base.example", false},
    // The node's own registries have words of their own.
    {any_of({"ws.example:5000", "base.example"}), "ws.example:5000", false},
    {any_of({"ws.example:5000", "base.example"}), "base.example", false},
    // Nothing is allowed by how it looks.
    {nobody, "123456789012.dkr.ecr.eu-central-1.amazonaws.com", false},
    {nobody, "123456789012.dkr.ecr.a-b-c.amazonaws.com.evil.example", false},
  };
  for (const auto& row : table)
    BOOST_TEST(may_use_installation(row.auth, row.registry, with_repositories())
                 == row.may,
               row.registry);
  BOOST_TEST(!may_use_installation(base, "docker.io", settings{}));
}

BOOST_AUTO_TEST_CASE(of_the_caller_are_parted_at_the_first_colon) {
  const struct {
    std::string registry, text, login;
  } table[] = {
    {"r.example", to_base64("u:p"), "u / p"},
    {"r.example", to_base64("u:p:with:colons"), "u / p:with:colons"},
    {"r.example:5000", to_base64("r.example:5000:token"),
     "r.example:5000 / token"},
    {"r.example", to_base64("r.example:5000:token"), "r.example / 5000:token"},
    {"r.example", to_base64(":p"), " / p"},
    {"r.example", to_base64("no colon"), "none"},
    {"r.example", to_base64(":"), "none"},
    {"r.example", "not base64!", "none"},
    {"r.example", "", "none"},
  };
  for (const auto& row : table)
    BOOST_TEST(own_login(row.registry, row.text) == row.login);
  auto auth = build_auth{};
  auth.additional["r.example"] = to_base64("u:p");
  BOOST_TEST(!additional_login(auth, "r.example:5000"));
  BOOST_TEST(!additional_login(auth, "r.example.evil.com"));
}

BOOST_AUTO_TEST_CASE(in_a_file_are_those_that_say_most_of_the_image) {
  auto some = document(entry("r.example", "all:1") + ","
                       + entry("r.example/team", "team:2") + ","
                       + entry("r.example:5000", "port:3") + ","
                       + entry("https://old.example/v1/", "old:4") + ","
                       + entry("https://index.docker.io/v1/", "hub:5:6")
                       + R"(, "token.example": {"identitytoken": "t"})"
                         R"(, "odd.example": 7, "empty.example": {})");
  const std::pair<std::string, std::string> table[] = {
    {"r.example/other/app", "all / 1"},
    {"r.example/team/app", "team / 2"},
    {"r.example/teams/app", "all / 1"},
    {"r.example:5000/team/app", "port / 3"},
    {"r.example:5001/team/app", "none"},
    {"old.example/x", "old / 4"},
    {"debian", "hub / 5:6"},
    {"token.example/x", "token t"},
    {"odd.example/x", "none"},
    {"empty.example/x", "none"},
    {"example/x", "hub / 5:6"},
  };
  for (const auto& [name, login] : table)
    BOOST_TEST(stored_login(some, name) == login);
  BOOST_TEST(stored_login("{}", "r.example/x") == "none");
  for (auto* text : {"", "[]", "{\"auths\": {", "7"})
    BOOST_TEST(stored_login(text, "r.example/x") == "failed_precondition");
}

BOOST_AUTO_TEST_CASE(are_written_as_they_are_read) {
  auto image = *parse_image_reference("r.example:5000/team/app");
  for (const auto& login :
       {registry_login{"u", "p:q", {}}, registry_login{{}, {}, "t"}}) {
    auto again = login_in(to_auth_json(image.registry, login), image);
    BOOST_REQUIRE((again && *again));
    BOOST_TEST((**again == login));
  }
  auto none = login_in(to_auth_json(image.registry, {}), image);
  BOOST_TEST((none && !*none));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth
