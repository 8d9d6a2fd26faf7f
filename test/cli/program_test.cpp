#include "app/berth/commands.hpp"
#include "test/cli/cli_run.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace berth;
using test::run;
using test::status_of;
using test::uuid;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(usage_test)

BOOST_AUTO_TEST_CASE(wrong_usage_is_code_2_and_one_line) {
  const std::vector<std::vector<std::string>> wrong = {
    {"sail"},
    {"--sail"},
    {"ls", "--sail"},
    {"ls", "x"},
    {"get"},
    {"get", "a", "b"},
    {"exec", "id"},
    {"images"},
    {"images", "rm"},
    {"start", "x"},
    {"completion"},
    {"ls", "--output", "xml"},
    {"get", "a", "--", "b"},
    {"--address", "nowhere", "ls"},
    {"--address", "a:1", "--tls-cert", "x", "ls"},
    {"stop", "a", "--immediately", "--abort"},
  };
  for (const auto& words : wrong) {
    auto said = run(words);
    BOOST_TEST(said.code == 2, words.back());
    BOOST_TEST(said.out.empty());
    BOOST_TEST(said.err.starts_with("berth: "), said.err);
    BOOST_TEST(said.err.find('\n') == said.err.size() - 1, said.err);
  }
}

BOOST_AUTO_TEST_CASE(every_command_has_help) {
  auto all = run({"--help"});
  BOOST_TEST(all.code == 0);
  for (const auto* verb : cli::commands()) {
    BOOST_TEST(has(all.out, verb->name));
    auto own = run({std::string{verb->name}, "--help"});
    BOOST_TEST(own.code == 0);
    BOOST_TEST(has(own.out, "Usage: berth " + std::string{verb->name}));
    for (const auto& option : verb->flags)
      BOOST_TEST(has(own.out, "--" + std::string{option.name}));
  }
}

BOOST_AUTO_TEST_CASE(completions_know_every_command) {
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    auto script = run({"completion", shell});
    BOOST_TEST(script.code == 0);
    for (const auto* verb : cli::commands())
      BOOST_TEST(has(script.out, verb->name));
  }
}

BOOST_AUTO_TEST_CASE(an_absent_service_is_named) {
  auto said = run({"ls", "--address", "unix:/nonexistent/berthd.sock"});
  BOOST_TEST(said.code == 1);
  BOOST_TEST(has(said.err, "berth: ls: no berthd answers at "
                           "unix:/nonexistent/berthd.sock"),
             said.err);
  BOOST_TEST(said.err.ends_with("(UNAVAILABLE)\n"), said.err);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(program_test, test::served_client)

BOOST_AUTO_TEST_CASE(ls_lists_and_prints_json) {
  BOOST_TEST(ask({"ls", "-o", "json"}).out == "[]\n");
  service.publish(status_of("id-1", "calm-owl", wsman::RUNNING));
  service.publish(status_of("id-2", "bold-fox", wsman::STOPPED));
  auto rows = ask({"ls"});
  BOOST_TEST(rows.code == 0);
  BOOST_TEST(has(rows.out, "id-1  calm-owl  ann    regular  RUNNING"),
             rows.out);
  BOOST_TEST(has(ask({"ls", "--output", "json"}).out, "\"phase\":\"STOPPED\""));
  BOOST_TEST(ask({"ls", "-q"}).out == "id-2\nid-1\n");
}

BOOST_AUTO_TEST_CASE(get_follows_the_beginning_of_an_id) {
  service.publish(status_of(uuid, "calm-owl", wsman::RUNNING));
  BOOST_TEST(has(ask({"get", "1111"}).out, uuid));
  auto unknown = ask({"get", "2222"});
  BOOST_TEST(unknown.code == 1);
  BOOST_TEST(unknown.err == "berth: get: no workspace 2222 (NOT_FOUND)\n");
}

BOOST_AUTO_TEST_CASE(start_prints_the_id_alone) {
  auto said = ask({"start", "--image", "base"});
  BOOST_TEST(said.code == 0);
  BOOST_TEST(said.out == service.started.id() + "\n");
  BOOST_TEST(service.started.spec().workspace_image() == "base");
}

BOOST_AUTO_TEST_CASE(start_takes_the_only_image_there_is) {
  service.images.emplace_back().set_name("only");
  ask({"start"});
  BOOST_TEST(service.started.spec().workspace_image() == "only");
  service.images.emplace_back().set_name("another");
  ask({"start"});
  BOOST_TEST(service.started.spec().workspace_image() == "");
}

BOOST_AUTO_TEST_CASE(start_waits_and_shows_the_phases) {
  service.after_start = {status_of("", "", wsman::PENDING),
                         status_of("", "", wsman::INITIALIZING),
                         status_of("", "", wsman::RUNNING)};
  service.after_start[1].set_message("Cloning\033[2J");
  auto said = ask({"start", "--image", "base", "--wait"});
  BOOST_TEST(said.code == 0);
  BOOST_TEST(said.out == service.started.id() + "\n");
  BOOST_TEST(has(said.err, "s  PENDING\n"), said.err);
  BOOST_TEST(has(said.err, "s  INITIALIZING  Cloning [2J\n"), said.err);
  BOOST_TEST(has(said.err, "s  RUNNING\n"), said.err);
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_is_code_3_with_the_reason) {
  service.after_start
    = {status_of("", "", wsman::PENDING), status_of("", "", wsman::STOPPED)};
  service.after_start[1].mutable_conditions()->set_failed("no such branch");
  auto said = ask({"start", "--image", "base", "--wait", "--quiet"});
  BOOST_TEST(said.code == 3);
  BOOST_TEST(said.err
             == "berth: start: " + service.started.id()
                  + " failed: no such branch\n");
}

BOOST_AUTO_TEST_CASE(stop_waits_and_tells_of_the_backup) {
  service.publish(status_of(uuid, "calm-owl", wsman::RUNNING));
  auto last = status_of(uuid, "calm-owl", wsman::STOPPED);
  last.mutable_conditions()->set_final_backup_complete(wsman::TRUE);
  service.after_stop = {status_of(uuid, "calm-owl", wsman::STOPPING), last};
  auto said = ask({"stop", "calm-owl", "--wait"});
  BOOST_TEST(said.code == 0);
  BOOST_TEST(has(said.err, "STOPPING"), said.err);
  BOOST_TEST(said.err.ends_with("final backup: complete\n"), said.err);
}

BOOST_AUTO_TEST_CASE(stop_of_what_is_gone_is_done) {
  auto said = ask({"stop", uuid, "--wait"});
  BOOST_TEST(said.code == 0);
  BOOST_TEST(said.err == "gone\n");
}

BOOST_AUTO_TEST_CASE(doctor_fails_if_a_check_does) {
  auto& check = service.checks.emplace_back();
  check.set_name("cgroups");
  check.set_level(v1::DoctorCheck::WARNING);
  BOOST_TEST(ask({"doctor"}).code == 0);
  check.set_level(v1::DoctorCheck::FAILURE);
  check.set_fix("mount them");
  auto said = ask({"doctor"});
  BOOST_TEST(said.code == 1);
  BOOST_TEST(has(said.out, "FAILURE  cgroups"), said.out);
  BOOST_TEST(has(said.out, "fix: mount them"), said.out);
}

BOOST_AUTO_TEST_CASE(import_sends_a_file_as_it_is) {
  auto path = service.address().substr(5) + ".tar";
  std::string bytes(3 << 20, 'x');
  bytes += "end";
  std::ofstream{path, std::ios::binary} << bytes;
  auto said = ask({"images", "import", "base", path});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(service.imported_name == "base");
  BOOST_TEST((service.imported_bytes == bytes));
}

BOOST_AUTO_TEST_CASE(import_packs_a_directory) {
  auto dir = service.address().substr(5) + ".dir";
  std::filesystem::create_directories(dir + "/etc");
  std::ofstream{dir + "/etc/motd"} << "hello";
  BOOST_TEST(ask({"images", "import", "base", dir}).code == 0);
  BOOST_TEST(has(service.imported_bytes, "./etc/motd"));
  BOOST_TEST(has(service.imported_bytes, "hello"));
}

BOOST_AUTO_TEST_CASE(import_of_nothing_sends_nothing) {
  auto said = ask({"images", "import", "base", "/nonexistent/x.tar"});
  BOOST_TEST(said.code == 2);
  BOOST_TEST(service.imported_name == "");
}

BOOST_AUTO_TEST_SUITE_END()
