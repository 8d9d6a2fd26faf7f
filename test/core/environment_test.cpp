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

BOOST_AUTO_TEST_SUITE_END()
