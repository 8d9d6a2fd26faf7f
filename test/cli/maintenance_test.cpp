#include "test/cli/cli_run.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using test::run;

BOOST_FIXTURE_TEST_SUITE(maintenance_verb, test::served_client)

BOOST_AUTO_TEST_CASE(wrong_usage_is_refused) {
  const std::vector<std::vector<std::string>> wrong = {
    {"maintenance"},
    {"maintenance", "maybe"},
    {"maintenance", "on", "off"},
    {"maintenance", "off", "--for", "1h"},
    {"maintenance", "on", "--for", "0s"},
    {"maintenance", "on", "--for", "long"},
  };
  for (const auto& words : wrong) {
    auto said = run(words);
    BOOST_TEST(said.code == 2, words.back());
    BOOST_TEST(said.err.starts_with("berth: maintenance: "), said.err);
  }
}

BOOST_AUTO_TEST_CASE(begins_tells_and_ends_it) {
  BOOST_TEST(ask({"maintenance", "status"}).out == "no maintenance\n");
  auto begun = ask({"maintenance", "on", "--for", "30m"});
  BOOST_TEST(begun.code == 0);
  const auto& until = service.maintenance.enabled_until();
  BOOST_TEST(until.size() == std::string{"2026-03-01T12:00:00Z"}.size());
  BOOST_TEST(begun.out == "under maintenance until " + until + "\n");
  auto seen = ask({"maintenance", "status", "-o", "json"}).out;
  BOOST_TEST(seen.find(until) != seen.npos);
  BOOST_TEST(ask({"maintenance", "off"}).out == "no maintenance\n");
  BOOST_TEST(service.maintenance.enabled_until() == "");
}

BOOST_AUTO_TEST_SUITE_END()
