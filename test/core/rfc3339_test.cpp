#include "core/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(rfc3339)

BOOST_AUTO_TEST_CASE(reads_times_of_all_zones) {
  auto noon = wall_time{1'772'366'400s};
  BOOST_TEST((*parse_rfc3339("2026-03-01T12:00:00Z") == noon));
  BOOST_TEST((*parse_rfc3339("2026-03-01t12:00:00z") == noon));
  BOOST_TEST((*parse_rfc3339("2026-03-01T13:30:00+01:30") == noon));
  BOOST_TEST((*parse_rfc3339("2026-02-28T23:00:00-13:00") == noon));
  BOOST_TEST((*parse_rfc3339("2026-03-01T12:00:00.25Z") == noon + 250ms));
  BOOST_TEST(
    (*parse_rfc3339("2026-03-01T12:00:00.1234567891Z") == noon + 123456789ns));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_none) {
  for (const auto* text :
       {"", "2026", "2026-03-01", "2026-03-01T12:00:00", "2026-02-30T12:00:00Z",
        "2026-03-01T24:00:00Z", "2026-03-01T12:60:00Z", "2026-3-1T12:00:00Z",
        "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00ZZ",
        "-026-03-01T12:00:00Z", "2026-03-01T12:00:00+1:00",
        "9999-01-01T00:00:00Z", "tomorrow"}) {
    auto read = parse_rfc3339(text);
    BOOST_TEST(!read, text);
  }
}

BOOST_AUTO_TEST_CASE(writes_no_trailing_zeros) {
  BOOST_TEST(to_rfc3339(wall_time{}) == "1970-01-01T00:00:00Z");
  BOOST_TEST(to_rfc3339(wall_time{1'709'285'400s + 500ms})
             == "2024-03-01T09:30:00.5Z");
  BOOST_TEST(to_rfc3339(wall_time{1ns}) == "1970-01-01T00:00:00.000000001Z");
}

BOOST_AUTO_TEST_SUITE_END()
