#include "model/ids.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace berth;

BOOST_AUTO_TEST_SUITE(ids_test)

BOOST_AUTO_TEST_CASE(takes_names_that_stand_for_themselves) {
  for (auto id : {"a", "0", "Z", "amaranth-smelt-9ba20cc1", "a_b", "a-", "a_",
                  "2f8e2c9a-5d3b-4f7e-9c1a-0b1d2e3f4a5b"})
    BOOST_TEST(is_valid_id(id), id);
  BOOST_TEST(is_valid_id(std::string(63, 'x')));
}

BOOST_AUTO_TEST_CASE(refuses_names_that_could_mean_something_else) {
  for (auto id : {"", "-a", "_a", ".", "..", "a.b", "a/b", "/a", "a b", "a\n",
                  "a\xc3\xa4", "a%2f", "a:b", "a\\b"})
    BOOST_TEST(!is_valid_id(id), id);
  BOOST_TEST(!is_valid_id(std::string(64, 'x')));
  BOOST_TEST(!is_valid_id(std::string_view{"a\0b", 3}));
}

BOOST_AUTO_TEST_SUITE_END()
