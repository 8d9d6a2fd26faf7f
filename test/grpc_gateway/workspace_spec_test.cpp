#include "grpc_gateway/convert/workspace_spec.hpp"
#include "test/grpc_gateway/gateway_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace berth::gateway;
using namespace berth::test;
using namespace std::chrono_literals;

namespace {

using request = wsman::StartWorkspaceRequest;

/// One way to spoil a sound request.
struct fault {
  const char* name;
  void (*commit)(request&);
  const char* named; ///< must stand in the error's text
};

std::ostream& operator<<(std::ostream& out, const fault& f) {
  return out << f.name;
}

contentservice::GitInitializer& git(request& r) {
  return *r.mutable_spec()->mutable_initializer()->mutable_git();
}

void add_port(request& r, uint32_t number) {
  r.mutable_spec()->add_ports()->set_port(number);
}

void add_env(request& r, const std::string& name, const std::string& value) {
  auto& var = *r.mutable_spec()->add_envvars();
  var.set_name(name);
  var.set_value(value);
}

void nest(contentservice::WorkspaceInitializer& node, int depth) {
  if (depth > 0)
    nest(*node.mutable_composite()->add_initializer(), depth - 1);
}

const fault faults[] = {
  {"no metadata", [](request& r) { r.clear_metadata(); }, "metadata"},
  {"no spec", [](request& r) { r.clear_spec(); }, "spec"},
  {"git without config", [](request& r) { git(r).clear_config(); }, "config"},
  {"prebuild git without config",
   [](request& r) {
     r.mutable_spec()->mutable_initializer()->mutable_prebuild()->add_git();
   },
   "config"},
  {"no image", [](request& r) { r.mutable_spec()->clear_workspace_image(); },
   "workspace_image"},
  {"image with a dash",
   [](request& r) { r.mutable_spec()->set_workspace_image("--help"); },
   "workspace_image"},
  {"image with a scheme",
   [](request& r) { r.mutable_spec()->set_workspace_image("http://x/y"); },
   "workspace_image"},
  {"no location",
   [](request& r) { r.mutable_spec()->clear_workspace_location(); },
   "workspace_location"},
  {"location outside",
   [](request& r) { r.mutable_spec()->set_workspace_location("/etc"); },
   "workspace_location"},
  {"location above",
   [](request& r) { r.mutable_spec()->set_workspace_location("../.."); },
   "workspace_location"},
  {"port twice",
   [](request& r) {
     add_port(r, 8080);
     add_port(r, 8080);
   },
   "8080"},
  {"port 0", [](request& r) { add_port(r, 0); }, "port 0"},
  {"port 65536", [](request& r) { add_port(r, 65536); }, "65536"},
  {"supervisor's port", [](request& r) { add_port(r, 22999); }, "22999"},
  {"101 ports",
   [](request& r) {
     for (auto i = 1u; i <= 101; ++i)
       add_port(r, i);
   },
   "ports"},
  {"no initializer", [](request& r) { r.mutable_spec()->clear_initializer(); },
   "initializer"},
  {"no id", [](request& r) { r.clear_id(); }, "id"},
  {"id with dots", [](request& r) { r.set_id("../../etc"); }, "id"},
  {"id of 64", [](request& r) { r.set_id(std::string(64, 'a')); }, "id"},
  {"id with a dash", [](request& r) { r.set_id("-rf"); }, "id"},
  {"owner with a slash",
   [](request& r) { r.mutable_metadata()->set_owner("a/b"); }, "owner"},
  {"no meta id", [](request& r) { r.mutable_metadata()->clear_meta_id(); },
   "meta_id"},
  {"unknown type",
   [](request& r) { r.set_type(static_cast<wsman::WorkspaceType>(9)); },
   "type"},
  {"no prefix", [](request& r) { r.clear_service_prefix(); }, "service_prefix"},
  {"timeout without unit",
   [](request& r) { r.mutable_spec()->set_timeout("30"); }, "timeout"},
  {"negative timeout", [](request& r) { r.mutable_spec()->set_timeout("-1h"); },
   "timeout"},
  {"timeout with a line end",
   [](request& r) { r.mutable_spec()->set_timeout("1h\n"); }, "timeout"},
  {"endless timeout",
   [](request& r) { r.mutable_spec()->set_closed_timeout("99999999999h"); },
   "closed_timeout"},
  {"odd lifetime",
   [](request& r) { r.mutable_spec()->set_maximum_lifetime("NaN"); },
   "maximum_lifetime"},
  {"unknown admission",
   [](request& r) {
     r.mutable_spec()->set_admission(static_cast<wsman::AdmissionLevel>(7));
   },
   "admission"},
  {"variable with an equals sign", [](request& r) { add_env(r, "A=B", "c"); },
   "envvars"},
  {"257 variables",
   [](request& r) {
     for (auto i = 0; i < 257; ++i)
       add_env(r, "V" + std::to_string(i), "x");
   },
   "envvars"},
  {"a large variable",
   [](request& r) { add_env(r, "V", std::string(1 << 20, 'x')); }, "128 KiB"},
  {"a cluster's secret",
   [](request& r) {
     auto& var = *r.mutable_spec()->add_envvars();
     var.set_name("V");
     var.mutable_secret()->set_secret_name("s");
   },
   "secret"},
  {"git identity with a line end",
   [](request& r) {
     r.mutable_spec()->mutable_git()->set_username("x\n[core]");
   },
   "git"},
  {"remote that runs a command",
   [](request& r) { git(r).set_remote_uri("ext::sh -c id"); }, "remote_uri"},
  {"remote on this node",
   [](request& r) { git(r).set_remote_uri("file:///etc"); }, "remote_uri"},
  {"upstream with a password",
   [](request& r) { git(r).set_upstream_remote_uri("https://u:p@h/r"); },
   "upstream"},
  {"ref that is an option",
   [](request& r) {
     git(r).set_target_mode(contentservice::REMOTE_BRANCH);
     git(r).set_clone_taget("--upload-pack=id");
   },
   "clone_taget"},
  {"config that runs a command",
   [](request& r) {
     (*git(r).mutable_config()->mutable_custom_config())["core.sshCommand"]
       = "id";
   },
   "custom_config"},
  {"checkout above", [](request& r) { git(r).set_checkout_location("../x"); },
   "checkout_location"},
  {"checkout in .git",
   [](request& r) { git(r).set_checkout_location("a/.git"); },
   "checkout_location"},
  {"download above",
   [](request& r) {
     auto& file = *r.mutable_spec()
                     ->mutable_initializer()
                     ->mutable_download()
                     ->add_files();
     file.set_url("https://e.com/f");
     file.set_file_path("../f");
     file.set_digest("sha256:" + std::string(64, 'a'));
   },
   "file_path"},
  {"download with md5",
   [](request& r) {
     auto& file = *r.mutable_spec()
                     ->mutable_initializer()
                     ->mutable_download()
                     ->add_files();
     file.set_url("https://e.com/f");
     file.set_file_path("f");
     file.set_digest("md5:00");
   },
   "digest"},
  {"deep initializer",
   [](request& r) { nest(*r.mutable_spec()->mutable_initializer(), 8); },
   "initializer"},
  {"wide initializer",
   [](request& r) {
     auto& parts
       = *r.mutable_spec()->mutable_initializer()->mutable_composite();
     for (auto i = 0; i < 100'000; ++i)
       parts.add_initializer();
   },
   "initializer"},
};

result<start_order> convert(const request& r) {
  return to_start_order(r, sample_settings());
}

} // namespace

BOOST_AUTO_TEST_SUITE(workspace_spec_test)

BOOST_DATA_TEST_CASE(refuses, boost::unit_test::data::make(faults), broken) {
  auto r = sample_request();
  broken.commit(r);
  auto order = convert(r);
  BOOST_REQUIRE(!order);
  BOOST_CHECK(code_of(order.error()) == ec::invalid_argument);
  BOOST_CHECK_MESSAGE(describe(order.error()).find(broken.named)
                        != std::string::npos,
                      describe(order.error()));
}

BOOST_AUTO_TEST_CASE(names_the_first_fault_in_the_order_of_the_rules) {
  auto r = sample_request();
  r.clear_id();
  r.mutable_spec()->set_timeout("x");
  add_port(r, 1);
  add_port(r, 1);
  BOOST_TEST(describe(convert(r).error()).find("port 1") != std::string::npos);
  r.mutable_spec()->clear_ports();
  BOOST_TEST(describe(convert(r).error()).starts_with("id"));
  r.set_id("x");
  BOOST_TEST(describe(convert(r).error()).starts_with("spec.timeout"));
}

BOOST_AUTO_TEST_CASE(takes_a_sound_request) {
  auto order = convert(sample_request());
  BOOST_REQUIRE(order);
  const auto& spec = order->spec;
  BOOST_TEST(spec.workspace_location == "repo");
  BOOST_TEST(spec.checkout_locations == std::vector<std::string>{"repo"},
             boost::test_tools::per_element());
  BOOST_TEST(spec.class_id == "default");
  BOOST_TEST(spec.ide_web_ref.empty());
  BOOST_TEST(!spec.timeout);
  BOOST_TEST(order->secrets.empty());
}

BOOST_AUTO_TEST_CASE(accepts_zero_timeouts_and_every_known_type) {
  auto r = sample_request();
  r.mutable_spec()->set_closed_timeout("0");
  r.clear_service_prefix();
  for (auto type : {1, 2, 3, 4}) {
    r.set_type(static_cast<wsman::WorkspaceType>(type));
    auto order = convert(r);
    BOOST_REQUIRE(order);
    BOOST_TEST(order->spec.is_headless());
    BOOST_CHECK(order->spec.closed_timeout == duration{0});
  }
}

BOOST_AUTO_TEST_CASE(older_clients_name_the_ide_by_a_text) {
  auto r = sample_request();
  r.mutable_spec()->set_deprecated_ide_image("old");
  BOOST_TEST(convert(r)->spec.ide_web_ref == "old");
  r.mutable_spec()->mutable_ide_image()->set_web_ref("new");
  BOOST_TEST(convert(r)->spec.ide_web_ref == "new");
}

BOOST_AUTO_TEST_CASE(a_class_says_its_limits_in_annotations) {
  auto r = sample_request();
  r.mutable_spec()->set_class_("large");
  r.mutable_spec()->add_feature_flags(wsman::WORKSPACE_PSI);
  r.mutable_spec()->add_feature_flags(
    static_cast<wsman::WorkspaceFeatureFlag>(1));
  auto order = convert(r);
  BOOST_REQUIRE(order);
  BOOST_TEST(order->spec.class_id == "large");
  auto& annotations = order->spec.annotations;
  BOOST_TEST(annotations["gitpod.io/cpuMinLimit"] == "500m");
  BOOST_TEST(annotations["gitpod.io/cpuBurstLimit"] == "4");
  BOOST_TEST(annotations["gitpod.io/psi"] == "true");
}

BOOST_AUTO_TEST_CASE(an_unknown_class_falls_back_to_the_standard_one) {
  auto settings = sample_settings();
  auto r = sample_request();
  r.mutable_spec()->set_class_("none");
  settings.classes["g1-standard"].id = "g1-standard";
  BOOST_TEST(to_start_order(r, settings)->spec.class_id == "g1-standard");
  settings.classes.clear();
  auto refused = to_start_order(r, settings);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(describe(refused.error()).find("'none'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(repositories_of_this_node_are_named_where_allowed) {
  auto settings = sample_settings();
  settings.content.allow_file_urls = true;
  auto r = sample_request();
  git(r).set_remote_uri("file:///srv/git/tool.git/");
  git(r).set_upstream_remote_uri("file:///srv/up");
  auto order = to_start_order(r, settings);
  BOOST_REQUIRE(order);
  auto expected = std::vector<std::string>{"/srv/git/tool.git", "/srv/up"};
  BOOST_TEST(order->spec.local_repositories == expected,
             boost::test_tools::per_element());
  for (auto url :
       {"file:///", "file:///srv/%2e%2e/x", "file:///srv//x", "file:///srv/a:b",
        "file:///srv/./x", "file:///tmp/x", "file:///etc"}) {
    git(r).set_remote_uri(url);
    auto refused = to_start_order(r, settings);
    BOOST_REQUIRE_MESSAGE(!refused, url);
    BOOST_CHECK(code_of(refused.error()) == ec::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(the_default_image_stands_in) {
  auto settings = sample_settings();
  settings.images.default_image = "docker.io/library/debian:12";
  auto r = sample_request();
  auto named = r.spec().workspace_image();
  BOOST_TEST(to_start_order(r, settings)->spec.image == named);
  r.mutable_spec()->clear_workspace_image();
  BOOST_TEST(to_start_order(r, settings)->spec.image
             == "docker.io/library/debian:12");
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_the_owners_own_but_not_that_of_a_prebuild) {
  auto r = sample_request();
  const auto foreign
    = std::string{"workspaces/m/snapshot-1.tar@gitpod-user-somebody"};
  auto& initializer = *r.mutable_spec()->mutable_initializer();
  initializer.mutable_snapshot()->set_snapshot(foreign);
  BOOST_CHECK(code_of(convert(r).error()) == ec::permission_denied);
  initializer.mutable_snapshot()->set_snapshot(
    "workspaces/m/snapshot-1.tar@gitpod-user-owner-1");
  BOOST_CHECK(convert(r));
  auto& prebuild = *initializer.mutable_prebuild()->mutable_prebuild();
  prebuild.set_snapshot(foreign);
  BOOST_CHECK(convert(r));
  for (auto* backup : {"full.tar.zst", "full.tar", "trail-1.tar.zst"}) {
    prebuild.set_snapshot("workspaces/m/" + std::string{backup}
                          + "@gitpod-user-somebody");
    BOOST_CHECK(code_of(convert(r).error()) == ec::permission_denied);
  }
}

BOOST_AUTO_TEST_SUITE_END()
