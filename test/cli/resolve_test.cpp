#include "test/cli/cli_run.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

BOOST_FIXTURE_TEST_SUITE(resolve_verb, test::served_client)

BOOST_AUTO_TEST_CASE(prints_the_reference_by_digest) {
  auto said = ask({"resolve", "debian:12"});
  BOOST_TEST(said.code == 0);
  BOOST_TEST(said.out == "debian:12@sha256:0\n");
  BOOST_TEST(service.resolved.auth().total().allow_all());
  BOOST_TEST(!service.resolved.use_retry_client());
  said = ask({"resolve", "debian:12", "--retry", "--anonymous", "-o", "json"});
  BOOST_TEST(said.out.find(R"("ref": "debian:12@sha256:0")") != said.out.npos,
             said.out);
  BOOST_TEST(!service.resolved.auth().total().allow_all());
  BOOST_TEST(service.resolved.use_retry_client());
}

BOOST_AUTO_TEST_CASE(says_in_one_line_why_it_cannot) {
  auto said = ask({"resolve", "none"});
  BOOST_TEST(said.code == 1);
  BOOST_TEST(said.err == "berth: resolve: cannot resolve image (NOT_FOUND)\n");
  for (const auto& words : std::vector<std::vector<std::string>>{
         {"resolve"}, {"resolve", "a", "b"}, {"resolve", "a", "--force"}}) {
    said = ask(words);
    BOOST_TEST(said.code == 2);
    BOOST_TEST(said.err.starts_with("berth: resolve: "), said.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
