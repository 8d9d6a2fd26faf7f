#include "test/cli/cli_run.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace berth;
using test::run;
using test::uuid;

namespace {

struct with_workspace : test::served_client {
  with_workspace() {
    service.publish(test::status_of(uuid, "calm-owl", wsman::RUNNING));
    keys = service.address().substr(5) + ".pub";
    std::ofstream{keys} << "# of anna\n\n  ssh-ed25519 AAAA anna \n"
                           "ssh-rsa BBBB bert";
  }

  std::string keys;
};

} // namespace

BOOST_AUTO_TEST_SUITE(workspace_verbs_usage_test)

BOOST_AUTO_TEST_CASE(wrong_usage_is_code_2_and_one_line) {
  const std::vector<std::vector<std::string>> wrong = {
    {"backup"},
    {"active", "a", "b"},
    {"timeout", "a"},
    {"timeout", "a", "long"},
    {"timeout", "a", "-1h"},
    {"timeout", "a", "30"},
    {"port", "a"},
    {"port", "a", "0"},
    {"port", "a", "65536"},
    {"port", "a", "http"},
    {"port", "a", "80x"},
    {"port", "a", "80", "--close", "--public"},
    {"admit", "a"},
    {"admit", "a", "nobody"},
    {"ssh-key", "a"},
    {"ssh-key", "a", "/nonexistent/key.pub"},
    {"ssh-key", "a", "/dev/null"},
    {"cluster", "a"},
  };
  for (const auto& words : wrong) {
    auto said = run(words);
    BOOST_TEST(said.code == 2, words.back());
    BOOST_TEST(said.out.empty());
    BOOST_TEST(said.err.starts_with("berth: " + words[0] + ": "), said.err);
    BOOST_TEST(said.err.find('\n') == said.err.size() - 1, said.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(workspace_verbs_test, with_workspace)

BOOST_AUTO_TEST_CASE(each_verb_asks_and_says_so_much) {
  struct row {
    std::vector<std::string> words;
    std::string asked; ///< behind the id
    std::string out;
  };
  const row rows[] = {
    {{"active", "calm-owl"}, "", ""},
    {{"active", "calm-owl", "--closed"}, " closed: true", ""},
    {{"active", "calm-owl", "--first"}, " ignore_if_active: true", ""},
    {{"timeout", "calm-owl", "1h30m"}, " duration: \"1h30m\"", ""},
    {{"timeout", "calm-owl", "0", "--closed"},
     " duration: \"0\" type: CLOSED_TIMEOUT",
     ""},
    {{"port", "calm-owl", "3000"},
     " expose: true spec { port: 3000 }",
     "http://3000.example\n"},
    {{"port", "calm-owl", "81", "--public", "--https"},
     " expose: true spec { port: 81 visibility: PORT_VISIBILITY_PUBLIC "
     "protocol: PORT_PROTOCOL_HTTPS }",
     "http://81.example\n"},
    {{"port", "calm-owl", "81", "--close"}, " spec { port: 81 }", ""},
    {{"admit", "calm-owl", "everyone"}, " level: ADMIT_EVERYONE", ""},
    {{"admit", "calm-owl", "owner"}, "", ""},
    {{"ssh-key", "calm-owl", keys},
     " keys: \"ssh-ed25519 AAAA anna\" keys: \"ssh-rsa BBBB bert\"",
     ""},
    {{"snapshot", "calm-owl"}, "", "snapshot@bucket\n"},
    {{"snapshot", "calm-owl", "--no-wait"},
     " return_immediately: true",
     "snapshot@bucket\n"},
    {{"backup", "calm-owl"}, "", "full@bucket\n"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.words[0] << " " << row.words.back()) {
      auto said = ask(row.words);
      BOOST_TEST(said.code == 0, said.err);
      BOOST_TEST(said.out == row.out);
      auto begin = "id: \"" + std::string{uuid} + "\"";
      BOOST_TEST(service.asked == begin + row.asked);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_workspace_is_not_asked_about) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"active", "red-fox"},
                                             {"timeout", "red-fox", "1h"},
                                             {"port", "red-fox", "80"},
                                             {"admit", "red-fox", "owner"},
                                             {"ssh-key", "red-fox", keys},
                                             {"snapshot", "red-fox"},
                                             {"backup", "red-fox"}}) {
    auto said = ask(words);
    BOOST_TEST(said.code == 1);
    BOOST_TEST(said.err
               == "berth: " + words[0]
                    + ": no workspace red-fox (NOT_FOUND)\n");
  }
  BOOST_TEST(service.asked == "");
}

BOOST_AUTO_TEST_CASE(cluster_lists_classes) {
  auto said = ask({"cluster"});
  BOOST_TEST(said.code == 0);
  BOOST_TEST(said.out
             == "CLASS    NAME         DESCRIPTION  PREFERRED\n"
                "default  The default  4 vCPU       -\n"
                "large    The large    4 vCPU       yes\n");
  auto json = ask({"cluster", "-o", "json"});
  BOOST_TEST(json.out.find("\"preferredWorkspaceClass\": \"large\"")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_is_the_response) {
  BOOST_TEST(ask({"backup", uuid, "-o", "json"}).out.find("full@bucket")
             != std::string::npos);
  BOOST_TEST(
    ask({"port", uuid, "80", "-o", "json"}).out.find("http://80.example")
    != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
