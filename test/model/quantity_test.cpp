#include "model/quantity.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace berth;

namespace {

struct row {
  std::string text;
  uint64_t whole, milli;
};

} // namespace

BOOST_AUTO_TEST_SUITE(quantity_test)

BOOST_AUTO_TEST_CASE(reads_numbers_and_rounds_up) {
  const std::vector<row> table{
    {"0", 0, 0},
    {"2", 2, 2'000},
    {"+2", 2, 2'000},
    {"2.", 2, 2'000},
    {".5", 1, 500},
    {"500m", 1, 500},
    {"1500m", 2, 1'500},
    {"1.5", 2, 1'500},
    {"0.0005", 1, 1},
    {"1u", 1, 1},
    {"1n", 1, 1},
    {"1000000n", 1, 1},
    {"1000000u", 1, 1'000},
    {"1000000001n", 2, 1'001},
    {"4k", 4'000, 4'000'000},
    {"4M", 4'000'000, 4'000'000'000},
    {"4G", 4'000'000'000, 4'000'000'000'000},
    {"4T", 4'000'000'000'000, 4'000'000'000'000'000},
    {"1Ki", 1024, 1'024'000},
    {"1Mi", 1 << 20, 1'048'576'000},
    {"1.5Gi", 1'610'612'736, 1'610'612'736'000},
    {"0.1Ki", 103, 102'400},
    {"1e3", 1'000, 1'000'000},
    {"1E3", 1'000, 1'000'000},
    {"1e+3", 1'000, 1'000'000},
    {"1e-3", 1, 1},
    {"1e-1000000", 1, 1},
    {"1.00000000000000000000000", 1, 1'000},
    {"1.00000000000000000000001", 2, 1'001},
    {"00000000000000000000000001", 1, 1'000},
  };
  for (auto& row : table) {
    BOOST_TEST_CONTEXT(row.text) {
      auto whole = parse_quantity(row.text);
      BOOST_REQUIRE(whole);
      BOOST_TEST(*whole == row.whole);
      auto milli = parse_milli_quantity(row.text);
      BOOST_REQUIRE(milli);
      BOOST_TEST(*milli == row.milli);
    }
  }
}

BOOST_AUTO_TEST_CASE(holds_63_bits_and_no_more) {
  auto most = uint64_t{std::numeric_limits<int64_t>::max()};
  BOOST_TEST(parse_quantity("9223372036854775807").cvalue() == most);
  BOOST_TEST(parse_quantity("7Ei").cvalue() == uint64_t{7} << 60);
  BOOST_TEST(parse_quantity("1E").cvalue() == 1'000'000'000'000'000'000u);
  BOOST_TEST(parse_quantity("0e1000").cvalue() == 0u);
  for (auto text :
       {"9223372036854775808", "9223372036854775807.1", "8Ei", "10E", "1e19",
        "1e1000000", "99999999999999999999999", "9223372036854775807Ei"})
    BOOST_TEST(!parse_quantity(text), text);
  BOOST_TEST(!parse_milli_quantity("9223372036854776"));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_none) {
  for (auto text :
       {"",      " ",     "1 ",   " 1",   "-1",  "-500m", ".",    "m",  "Gi",
        "1.2.3", "1K",    "1g",   "1ki",  "1GB", "1Gib",  "1 Gi", "1e", "1e+",
        "1e+-3", "1e++3", "1e3m", "0x10", "1,5", "++1",   "1h"}) {
    auto read = parse_quantity(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(!read);
      BOOST_TEST((code_of(read.error()) == ec::invalid_argument));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
