#include "app/berth/content_source.hpp"
#include "app/berth/names.hpp"
#include "app/berth/start_request.hpp"
#include "model/ids.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace berth;

namespace {

result<wsman::StartWorkspaceRequest>
request_of(std::vector<std::string> words) {
  auto given = cli::arguments::parse(cli::start_flags, words);
  BOOST_REQUIRE(given);
  return cli::start_request(*given, "secret");
}

wsman::StartWorkspaceRequest made(std::vector<std::string> words) {
  auto request = request_of(std::move(words));
  BOOST_REQUIRE(request);
  return *request;
}

bool is_refused(std::vector<std::string> words) {
  auto request = request_of(std::move(words));
  return !request && code_of(request.error()) == ec::invalid_argument;
}

constexpr auto commit = "0123456789abcdef0123456789abcdef01234567";

} // namespace

BOOST_AUTO_TEST_SUITE(start_request_test)

BOOST_AUTO_TEST_CASE(nothing_given_is_an_empty_workspace_with_names) {
  auto request = made({});
  BOOST_TEST(cli::is_uuid(request.id()));
  BOOST_TEST(is_valid_id(request.metadata().owner()));
  BOOST_TEST(is_valid_id(request.metadata().meta_id()));
  BOOST_TEST(request.service_prefix() == request.metadata().meta_id());
  BOOST_TEST(request.spec().initializer().has_empty());
  BOOST_TEST(request.spec().has_ide_image());
  BOOST_TEST(request.spec().workspace_location() == "/workspace");
  BOOST_TEST(request.type() == wsman::REGULAR);
}

BOOST_AUTO_TEST_CASE(a_repository_is_cloned_below_its_name) {
  auto request = made({"--git", "https://host/a/tool.git"});
  const auto& git = request.spec().initializer().git();
  BOOST_TEST(git.remote_uri() == "https://host/a/tool.git");
  BOOST_TEST(git.target_mode() == contentservice::REMOTE_HEAD);
  BOOST_TEST(git.checkout_location() == "tool");
  BOOST_TEST(request.spec().workspace_location() == "tool");
  BOOST_TEST(git.config().authentication() == contentservice::NO_AUTH);
  BOOST_TEST(git.has_config());
}

BOOST_AUTO_TEST_CASE(a_ref_is_a_branch_unless_it_is_a_commit) {
  auto branch
    = made({"--git", "https://h/x#feat/y"}).spec().initializer().git();
  BOOST_TEST(branch.target_mode() == contentservice::REMOTE_BRANCH);
  BOOST_TEST(branch.clone_taget() == "feat/y");
  auto exact = made({"--git", std::string{"https://h/x#"} + commit});
  BOOST_TEST(exact.spec().initializer().git().target_mode()
             == contentservice::REMOTE_COMMIT);
}

BOOST_AUTO_TEST_CASE(a_local_path_is_a_file_url) {
  auto request = made({"--git", "/srv/repos/tool.git/"});
  BOOST_TEST(request.spec().initializer().git().remote_uri()
             == "file:///srv/repos/tool.git/");
  BOOST_TEST(request.spec().workspace_location() == "tool");
}

BOOST_AUTO_TEST_CASE(the_password_goes_only_with_a_user) {
  auto with = made({"--git", "https://h/x", "--git-user", "me"});
  const auto& config = with.spec().initializer().git().config();
  BOOST_TEST(config.authentication() == contentservice::BASIC_AUTH);
  BOOST_TEST(config.auth_user() == "me");
  BOOST_TEST(config.auth_password() == "secret");
  BOOST_TEST(made({"--git", "https://h/x"}).SerializeAsString().find("secret")
             == std::string::npos);
}

BOOST_AUTO_TEST_CASE(how_much_of_a_repository_arrives) {
  auto whole = made({"--git", "https://h/x", "--full-clone"});
  BOOST_TEST(whole.spec().initializer().git().full_clone());
  auto partial = made({"--git", "https://h/x", "--git-filter", "blob:none"});
  auto config = partial.spec().initializer().git().config().custom_config();
  BOOST_TEST(config["remote.origin.partialclonefilter"] == "blob:none");
}

BOOST_AUTO_TEST_CASE(a_backup_brings_its_names) {
  auto request = made({"--backup", "ann/blue-boat"});
  BOOST_TEST(request.metadata().owner() == "ann");
  BOOST_TEST(request.metadata().meta_id() == "blue-boat");
  BOOST_TEST(request.spec().initializer().has_backup());
}

BOOST_AUTO_TEST_CASE(ports_environment_and_timeout_arrive) {
  auto request = made({"-p", "3000", "--port", "8080:public", "-e", "A=b=c",
                       "--timeout", "90m", "--class", "large"});
  const auto& spec = request.spec();
  BOOST_REQUIRE(spec.ports_size() == 2);
  BOOST_TEST(spec.ports(0).port() == 3000u);
  BOOST_TEST(spec.ports(0).visibility() == wsman::PORT_VISIBILITY_PRIVATE);
  BOOST_TEST(spec.ports(1).visibility() == wsman::PORT_VISIBILITY_PUBLIC);
  BOOST_TEST(spec.envvars(0).name() == "A");
  BOOST_TEST(spec.envvars(0).value() == "b=c");
  BOOST_TEST(spec.timeout() == "1h30m0s");
  BOOST_TEST(spec.class_() == "large");
}

BOOST_AUTO_TEST_CASE(who_may_come_in_and_how_long_arrives) {
  auto keys = std::filesystem::temp_directory_path()
              / ("berth-keys-" + std::to_string(::getpid()));
  std::ofstream{keys} << "# anna's\nssh-ed25519 AAAA anna \n";
  auto request
    = made({"--ssh-key", keys, "--admit", "everyone", "-p", "8443:public:https",
            "--closed-timeout", "5m", "--max-lifetime", "8h"});
  std::filesystem::remove(keys);
  const auto& spec = request.spec();
  BOOST_REQUIRE(spec.ssh_public_keys_size() == 1);
  BOOST_TEST(spec.ssh_public_keys(0) == "ssh-ed25519 AAAA anna");
  BOOST_TEST(spec.admission() == wsman::ADMIT_EVERYONE);
  BOOST_TEST(spec.ports(0).visibility() == wsman::PORT_VISIBILITY_PUBLIC);
  BOOST_TEST(spec.ports(0).protocol() == wsman::PORT_PROTOCOL_HTTPS);
  BOOST_TEST(spec.closed_timeout() == "5m0s");
  BOOST_TEST(spec.maximum_lifetime() == "8h0m0s");
  BOOST_TEST(made({"--type", "imagebuild"}).type() == wsman::IMAGEBUILD);
  BOOST_TEST(made({"--type", "probe"}).type() == wsman::PROBE);
}

BOOST_AUTO_TEST_CASE(a_variable_may_refer_to_a_secret) {
  auto request = made({"--secret-env", "AUTH=pull-secret/.dockerconfigjson"});
  BOOST_REQUIRE(request.spec().envvars_size() == 1);
  const auto& var = request.spec().envvars(0);
  BOOST_TEST(var.name() == "AUTH");
  BOOST_TEST(var.value() == "");
  BOOST_TEST(var.secret().secret_name() == "pull-secret");
  BOOST_TEST(var.secret().key() == ".dockerconfigjson");
}

BOOST_AUTO_TEST_CASE(refuses_what_makes_no_sense) {
  const std::vector<std::vector<std::string>> wrong = {
    {"--git", "https://h/x", "--empty"},
    {"--git-user", "me"},
    {"--git-filter", "blob:none"},
    {"--backup", "ann"},
    {"--backup", "ann/boat", "--owner", "bob"},
    {"--owner", "a/b"},
    {"--id", ""},
    {"--type", "daily"},
    {"--admit", "friends"},
    {"--ssh-key", "/nonexistent/key.pub"},
    {"--ssh-key", "/dev/null"},
    {"--closed-timeout", "soon"},
    {"--max-lifetime", "-1s"},
    {"--port", "0"},
    {"--port", "65536"},
    {"--port", "80x"},
    {"--port", "80:open"},
    {"--port", "80:"},
    {"--port", "80:public:tcp"},
    {"--port", "80:public:private"},
    {"--env", "=1"},
    {"--env", "A"},
    {"--secret-env", "A=b"},
    {"--secret-env", "=b/c"},
    {"--secret-env", "A=/c"},
    {"--secret-env", "A=b/"},
    {"--timeout", "soon"},
    {"--timeout", "-1s"},
  };
  for (const auto& words : wrong)
    BOOST_TEST(is_refused(words), words.front() << ' ' << words.back());
}

BOOST_AUTO_TEST_CASE(repository_names_are_safe_directories) {
  BOOST_TEST(cli::repository_name("https://h/a/b.git") == "b");
  BOOST_TEST(cli::repository_name("git@h:b") == "b");
  BOOST_TEST(cli::repository_name("https://h/..") == "repository");
  BOOST_TEST(cli::repository_name("https://h/.git") == "h");
  BOOST_TEST(cli::repository_name("") == "repository");
}

BOOST_AUTO_TEST_CASE(made_up_names_are_ids_and_differ) {
  BOOST_TEST(cli::new_uuid() != cli::new_uuid());
  BOOST_TEST(cli::is_uuid(cli::new_uuid()));
  BOOST_TEST(cli::new_uuid()[14] == '4');
  BOOST_TEST(is_valid_id(cli::new_meta_id()));
  BOOST_TEST(cli::as_id("j.doe@corp") == "j-doecorp");
  BOOST_TEST(cli::as_id("--") == "");
}

BOOST_AUTO_TEST_SUITE_END()
