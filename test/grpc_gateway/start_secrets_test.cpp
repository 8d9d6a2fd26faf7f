#include "grpc_gateway/convert/workspace_spec.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

using namespace berth;
using namespace berth::gateway;
using namespace berth::test;

BOOST_AUTO_TEST_SUITE(start_secrets)

BOOST_AUTO_TEST_CASE(protected_variables_leave_the_spec) {
  auto r = sample_request();
  for (auto [name, value] :
       {std::pair{"TOKEN", "hunter2"}, std::pair{"GITPOD_TASKS", "[]"}}) {
    auto& var = *r.mutable_spec()->add_envvars();
    var.set_name(name);
    var.set_value(value);
  }
  auto order = to_start_order(r, sample_settings());
  BOOST_REQUIRE(order);
  BOOST_TEST(order->secrets.at("env.0") == "hunter2");
  BOOST_TEST(order->spec.env.at(0).name == "TOKEN");
  BOOST_TEST(order->spec.env.at(0).value != "hunter2");
  BOOST_TEST(order->spec.env.at(1).value == "[]");
}

BOOST_AUTO_TEST_CASE(secrets_of_the_node_are_for_whom_it_says) {
  auto r = sample_request();
  auto& var = *r.mutable_spec()->add_envvars();
  var.set_name("BOB_AUTH");
  var.mutable_secret()->set_secret_name("pull");
  var.mutable_secret()->set_key("json");
  auto settings = sample_settings();
  auto refusal = [&] { return describe(to_start_order(r, settings).error()); };
  BOOST_TEST(refusal().find("this node does not have") != std::string::npos);
  settings.secrets["pull/json"] = {"hunter2", false};
  BOOST_TEST(refusal().find("for image builds alone") != std::string::npos);
  r.set_type(wsman::IMAGEBUILD);
  auto order = to_start_order(r, settings);
  BOOST_REQUIRE(order);
  // Though a name like that is of no secret of a user's.
  BOOST_TEST(order->secrets.at("env.0") == "hunter2");
  BOOST_TEST(order->spec.env.at(0).value != "hunter2");
  var.set_value("mine");
  BOOST_TEST(to_start_order(r, settings)->spec.env.at(0).value == "mine");
  r.set_type(wsman::REGULAR);
  var.clear_value();
  settings.secrets["pull/json"].for_every_type = true;
  BOOST_TEST(to_start_order(r, settings)->secrets.at("env.0") == "hunter2");
  *r.mutable_spec()->add_sys_envvars() = var;
  BOOST_TEST(refusal().find("sys_envvars") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(passwords_leave_the_spec) {
  auto r = sample_request();
  auto& parts = *r.mutable_spec()->mutable_initializer()->mutable_composite();
  auto& first = *parts.add_initializer()->mutable_prebuild();
  for (auto* git : {first.add_git(), first.add_git(),
                    parts.add_initializer()->mutable_git()}) {
    git->set_remote_uri("https://git.example.com/a");
    git->mutable_config()->set_authentication(contentservice::BASIC_AUTH);
    git->mutable_config()->set_auth_password("hunter2");
  }
  auto order = to_start_order(r, sample_settings());
  BOOST_REQUIRE(order);
  auto expected
    = initializer_secrets{{"initializer.composite.0.prebuild.0.git", "hunter2"},
                          {"initializer.composite.0.prebuild.1.git", "hunter2"},
                          {"initializer.composite.1.git", "hunter2"}};
  BOOST_CHECK(order->secrets == expected);
  BOOST_TEST(order->spec.initializer.find("hunter2") == std::string::npos);
  auto kept = contentservice::WorkspaceInitializer{};
  BOOST_REQUIRE(kept.ParseFromString(order->spec.initializer));
  BOOST_TEST(kept.composite().initializer(1).git().config().auth_password()
             == "extracted-secret/initializer.composite.1.git");
}

BOOST_AUTO_TEST_SUITE_END()
