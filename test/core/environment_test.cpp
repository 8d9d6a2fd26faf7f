#include "core/environment.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace berth;

namespace {

std::string value_of(const std::vector<env_var>& env, const std::string& name) {
  auto found = std::find_if(env.rbegin(), env.rend(),
                            [&](const auto& var) { return var.name == name; });
  return found == env.rend() ? "" : found->value;
}

} // namespace

BOOST_AUTO_TEST_SUITE(environment_test)

BOOST_AUTO_TEST_CASE(users_values_are_taken_out_but_not_the_platforms) {
  auto record = workspace_record{};
  auto& spec = record.spec;
  spec.sys_env = {{"EDITOR", "vi"}};
  spec.env = {{"TOKEN", "secret"},
              {"GITPOD_TASKS", "[]"},
              {"EDITOR", "ed"},
              {"EMPTY", ""},
              {"THEIA_SUPERVISOR_TOKENS", "tokens"},
              {"THEIA_OTHER", "plain"},
              {"NODE_EXTRA_CA_CERTS", "/ca"},
              {"TOKEN", "newer"}};
  auto secrets = initializer_secrets{{"initializer.git", "password"}};
  extract_protected(spec, secrets);
  BOOST_TEST(secrets.size() == 4u);
  for (const auto& var : spec.env)
    for (auto* secret : {"secret", "tokens", "newer"})
      BOOST_TEST(var.value != secret);
  auto plain = workspace_environment(record, settings{});
  BOOST_TEST(value_of(plain, "TOKEN") == "");
  BOOST_TEST(value_of(plain, "GITPOD_TASKS") == "[]");
  BOOST_TEST(value_of(plain, "EDITOR") == "ed");
  BOOST_TEST(value_of(plain, "THEIA_OTHER") == "plain");
  auto rest = protected_environment(spec, secrets);
  BOOST_REQUIRE(rest);
  BOOST_TEST((*rest
              == std::vector<env_var>{{"TOKEN", "secret"},
                                      {"THEIA_SUPERVISOR_TOKENS", "tokens"},
                                      {"TOKEN", "newer"}}));
  secrets.erase("env.0");
  BOOST_TEST(
    (code_of(protected_environment(spec, secrets).error()) == ec::data_loss));
}

BOOST_AUTO_TEST_CASE(a_value_that_looks_like_a_stand_in_is_only_a_value) {
  auto spec = workspace_spec{};
  spec.env = {{"GITPOD_TASKS", "extracted-secret/env.1"}, {"A", "secret"}};
  auto secrets = initializer_secrets{};
  extract_protected(spec, secrets);
  auto env = protected_environment(spec, secrets);
  BOOST_REQUIRE(env);
  BOOST_TEST(value_of(*env, "GITPOD_TASKS") == "extracted-secret/env.1");
  BOOST_TEST(value_of(*env, "A") == "secret");
}

BOOST_AUTO_TEST_CASE(the_platforms_variables_come_in_their_order) {
  auto record = workspace_record{};
  record.url = "https://calm-owl.ws.example.com";
  auto& spec = record.spec;
  spec.id = "i1";
  spec.meta_id = "calm-owl";
  spec.owner = "anna";
  spec.class_id = "small";
  spec.workspace_location = "app";
  spec.checkout_locations = {"app", "lib"};
  spec.git_user_name = "Anna";
  spec.git_user_email = "anna@example.com";
  spec.sys_env = {{"IDE", "code"}, {"EDITOR", "vi"}};
  spec.env = {{"GITPOD_TASKS", "[]"},
              {"GITPOD_HOST", "not theirs to say"},
              {"EDITOR", "ed"}};
  spec.feature_flags = {10, 12};
  auto config = settings{};
  config.ingress.host = "https://example.com";
  config.ingress.ssh_ca_public_key = "ssh-ed25519 AAAA ca";
  config.heartbeat_interval = std::chrono::seconds{30};
  config.classes["small"].memory_bytes = 3ull << 30;
  config.classes["small"].cpu_min_millis = 1500;
  auto expected = std::vector<env_var>{
    {"GITPOD_REPO_ROOT", "/workspace/app"},
    {"GITPOD_REPO_ROOTS", "/workspace/app,/workspace/lib"},
    {"GITPOD_OWNER_ID", "anna"},
    {"GITPOD_WORKSPACE_ID", "calm-owl"},
    {"GITPOD_INSTANCE_ID", "i1"},
    {"GITPOD_THEIA_PORT", "23000"},
    {"THEIA_WORKSPACE_ROOT", "/workspace/app"},
    {"GITPOD_HOST", "https://example.com"},
    {"GITPOD_WORKSPACE_URL", "https://calm-owl.ws.example.com"},
    {"GITPOD_WORKSPACE_CLUSTER_HOST", "https://example.com"},
    {"GITPOD_WORKSPACE_CLASS", "small"},
    {"THEIA_SUPERVISOR_ENDPOINT", ":22999"},
    {"THEIA_WEBVIEW_EXTERNAL_ENDPOINT", "webview-{{hostname}}"},
    {"THEIA_MINI_BROWSER_HOST_PATTERN", "browser-{{hostname}}"},
    {"GITPOD_SSH_CA_PUBLIC_KEY", "ssh-ed25519 AAAA ca"},
    {"GITPOD_GIT_USER_NAME", "Anna"},
    {"GITPOD_GIT_USER_EMAIL", "anna@example.com"},
    {"IDE", "code"},
    {"EDITOR", "vi"},
    {"GITPOD_TASKS", "[]"},
    {"EDITOR", "ed"},
    {"GITPOD_INTERVAL", "30000"},
    {"GITPOD_MEMORY", "3072"},
    {"GITPOD_CPU_COUNT", "2"},
  };
  BOOST_TEST((workspace_environment(record, config) == expected));
  spec.feature_flags.clear();
  BOOST_TEST(
    value_of(workspace_environment(record, config), "GITPOD_SSH_CA_PUBLIC_KEY")
    == "");
}

BOOST_AUTO_TEST_SUITE_END()
