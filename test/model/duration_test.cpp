#include "model/duration.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

using namespace berth;
using namespace std::chrono_literals;

namespace {

constexpr auto longest = std::chrono::nanoseconds::max();
constexpr auto lowest = std::chrono::nanoseconds::min();

} // namespace

BOOST_AUTO_TEST_SUITE(duration_test)

BOOST_AUTO_TEST_CASE(reads_what_go_reads) {
  const std::vector<std::pair<std::string, std::chrono::nanoseconds>> table{
    {"0", 0ns},
    {"+0", 0ns},
    {"-0", 0ns},
    {"0s", 0ns},
    {"5s", 5s},
    {"-5s", -5s},
    {"+5s", 5s},
    {"5.0s", 5s},
    {"5.6s", 5600ms},
    {"5.s", 5s},
    {".5s", 500ms},
    {"1.0040s", 1004ms},
    {"100.00100s", 100001ms},
    {"10ns", 10ns},
    {"11us", 11us},
    {"12\u00b5s", 12us},
    {"12\u03bcs", 12us},
    {"13ms", 13ms},
    {"14s", 14s},
    {"15m", 15min},
    {"16h", 16h},
    {"3h30m", 3h + 30min},
    {"10.5s4m", 4min + 10500ms},
    {"-2m3.4s", -(2min + 3400ms)},
    {"1h2m3s4ms5us6ns", 1h + 2min + 3s + 4ms + 5us + 6ns},
    {"39h9m14.425s", 39h + 9min + 14425ms},
    {"52763797000ns", 52763797000ns},
    {"0.3333333333333333333h", 20min},
    {"0.100000000000000000000h", 6min},
    {"9223372036854775807ns", longest},
    {"9223372036854775.807us", longest},
    {"9223372036s854ms775us807ns", longest},
    {"-9223372036854775808ns", lowest},
    {"-2562047h47m16.854775808s", lowest},
  };
  for (auto& [text, expected] : table) {
    auto read = parse_duration(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(read);
      BOOST_TEST(read->count() == expected.count());
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_everything_else) {
  for (auto text : {"",
                    " ",
                    "3",
                    "-",
                    "+",
                    "s",
                    ".",
                    "-.",
                    ".s",
                    "+.s",
                    "1d",
                    "1w",
                    "1 s",
                    " 1s",
                    "1s ",
                    "1s 1m",
                    "--1s",
                    "1..5s",
                    "1.5.5s",
                    "1S",
                    "0x1s",
                    "1e3s",
                    "nan",
                    "00",
                    "1mm",
                    "9223372036854775808ns",
                    "9223372036854775.808us",
                    "9223372036854ms775us808ns",
                    "-9223372036854775809ns",
                    "2562048h",
                    "99999999999999999999h",
                    "2562047h47m16.854775808s"}) {
    auto read = parse_duration(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(!read);
      BOOST_TEST((code_of(read.error()) == ec::invalid_argument));
    }
  }
}

BOOST_AUTO_TEST_CASE(prints_what_go_prints) {
  const std::vector<std::pair<std::chrono::nanoseconds, std::string>> table{
    {0ns, "0s"},
    {1ns, "1ns"},
    {1100ns, "1.1\u00b5s"},
    {2200us, "2.2ms"},
    {100ms, "100ms"},
    {3300ms, "3.3s"},
    {1500ms, "1.5s"},
    {90s, "1m30s"},
    {30min, "30m0s"},
    {1h, "1h0m0s"},
    {36h, "36h0m0s"},
    {4min + 5s, "4m5s"},
    {4min + 5001ms, "4m5.001s"},
    {5h + 6min + 7001ms, "5h6m7.001s"},
    {8min + 1ns, "8m0.000000001s"},
    {-90s, "-1m30s"},
    {longest, "2562047h47m16.854775807s"},
    {lowest, "-2562047h47m16.854775808s"},
  };
  for (auto& [d, expected] : table)
    BOOST_TEST(format_duration(d) == expected);
}

BOOST_AUTO_TEST_CASE(reads_back_what_it_prints) {
  for (int shift = 0; shift < 63; ++shift) {
    for (auto offset : {-1, 0, 1}) {
      std::chrono::nanoseconds d{(int64_t{1} << shift) + offset};
      auto read = parse_duration(format_duration(d));
      BOOST_REQUIRE(read);
      BOOST_TEST(read->count() == d.count());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
