#include "app/berth/arguments.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using cli::arguments;

namespace {

constexpr cli::flag flags[] = {
  {"wait", 'w', "", ""},
  {"tty", 't', "", ""},
  {"env", 'e', "K=V", ""},
  {"owner", 0, "O", ""},
};

arguments parsed(std::vector<std::string> words, bool until_operand = false) {
  auto found = arguments::parse(flags, words, until_operand);
  BOOST_REQUIRE(found);
  return *found;
}

std::string refusal(std::vector<std::string> words) {
  auto found = arguments::parse(flags, words);
  return found ? "" : describe(found.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(arguments_test)

BOOST_AUTO_TEST_CASE(reads_long_options_both_ways) {
  auto given = parsed({"--owner", "ann", "--env=A=1", "--wait", "x"});
  BOOST_TEST(given.value_or("owner", "") == "ann");
  BOOST_TEST(given.value_or("env", "") == "A=1");
  BOOST_TEST(given.has("wait"));
  BOOST_TEST(!given.has("tty"));
  BOOST_TEST(given.operands.size() == 1u);
}

BOOST_AUTO_TEST_CASE(reads_letters_together_and_with_values) {
  auto given = parsed({"-wt", "-e", "A=1", "-eB=2", "-twe", "C=3"});
  BOOST_TEST(given.has("wait"));
  BOOST_TEST(given.has("tty"));
  BOOST_TEST(given.values("env")
               == (std::vector<std::string>{"A=1", "B=2", "C=3"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(takes_nothing_behind_two_dashes) {
  auto given = parsed({"id", "--", "ls", "--wait", "--"});
  BOOST_TEST(given.has_rest);
  BOOST_TEST(!given.has("wait"));
  BOOST_TEST(given.rest == (std::vector<std::string>{"ls", "--wait", "--"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stops_at_the_verb_if_asked_to) {
  auto given = parsed({"--owner", "ann", "ls", "--nonsense"}, true);
  BOOST_TEST(given.rest == (std::vector<std::string>{"ls", "--nonsense"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_lone_dash_is_an_operand) {
  BOOST_TEST(parsed({"-"}).operands.at(0) == "-");
}

BOOST_AUTO_TEST_CASE(an_option_given_twice_counts_as_given_last) {
  auto outer = parsed({"--owner", "outer"});
  auto inner = parsed({"--owner", "a", "--owner", "b"});
  inner.inherit(outer);
  BOOST_TEST(inner.value_or("owner", "") == "b");
}

BOOST_AUTO_TEST_CASE(refuses_what_it_does_not_know) {
  BOOST_TEST(refusal({"--wiat"}) == "no option --wiat");
  BOOST_TEST(refusal({"-wx"}) == "no option -x");
  BOOST_TEST(refusal({"--wait=1"}) == "--wait takes no value");
  BOOST_TEST(refusal({"--env"}) == "--env needs a value: K=V");
  BOOST_TEST(refusal({"-e"}) == "-e needs a value: K=V");
}

BOOST_AUTO_TEST_SUITE_END()
