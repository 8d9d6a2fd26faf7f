#include "model/phase.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

using namespace berth;

namespace {

constexpr std::array phases{
  phase::unknown, phase::pending,  phase::creating, phase::initializing,
  phase::running, phase::stopping, phase::stopped,  phase::interrupted,
};

// Row: from; column: to; both in the order of `phases`.
constexpr std::array allowed{
  ".yyyyy.y", // unknown
  "..y..y..", // pending
  "...y.y..", // creating
  "....yy..", // initializing
  ".....y.y", // running
  "......y.", // stopping
  "........", // stopped
  "....yy..", // interrupted
};

} // namespace

BOOST_AUTO_TEST_SUITE(phase_test)

BOOST_AUTO_TEST_CASE(follow_each_other_as_the_table_says) {
  for (size_t from = 0; from < phases.size(); ++from)
    for (size_t to = 0; to < phases.size(); ++to)
      BOOST_TEST(may_follow(phases[from], phases[to])
                   == (allowed[from][to] == 'y'),
                 to_string(phases[from]) + " -> " + to_string(phases[to]));
}

BOOST_AUTO_TEST_CASE(have_the_numbers_of_the_wire) {
  for (size_t number = 0; number < phases.size(); ++number)
    BOOST_TEST(static_cast<size_t>(phases[number]) == number);
}

BOOST_AUTO_TEST_CASE(are_found_by_their_names) {
  for (auto p : phases)
    BOOST_TEST((phase_from_string(to_string(p)) == p));
  BOOST_TEST((phase_from_string("") == phase::unknown));
  BOOST_TEST((phase_from_string("Running") == phase::unknown));
}

BOOST_AUTO_TEST_SUITE_END()
