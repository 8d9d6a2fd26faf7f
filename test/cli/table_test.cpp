#include "app/berth/table.hpp"
#include "app/berth/text.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace berth::cli;
using namespace std::chrono_literals;

namespace {

std::string printed(const table& rows, size_t width) {
  std::ostringstream out;
  rows.print(out, width);
  return out.str();
}

table sample() {
  table rows{{{.title = "ID", .least = 4, .is_prefix = true},
              {.title = "IMAGE", .least = 6},
              {.title = "URL", .least = 4, .optional = true}}};
  rows.add({"12345678", "registry/image", "http://x"});
  rows.add({"9", "", "http://yz"});
  return rows;
}

} // namespace

BOOST_AUTO_TEST_SUITE(table_test)

BOOST_AUTO_TEST_CASE(aligns_columns_and_trims_line_ends) {
  BOOST_TEST(printed(sample(), 0)
             == "ID        IMAGE           URL\n"
                "12345678  registry/image  http://x\n"
                "9         -               http://yz\n");
}

BOOST_AUTO_TEST_CASE(cuts_the_widest_columns_first) {
  BOOST_TEST(printed(sample(), 30)
             == "ID        IMAGE      URL\n"
                "12345678  registry…  http://x\n"
                "9         -          http://yz\n");
}

BOOST_AUTO_TEST_CASE(leaves_optional_columns_out_if_nothing_else_helps) {
  BOOST_TEST(printed(sample(), 12)
             == "ID    IMAGE\n"
                "1234  regis…\n"
                "9     -\n");
}

BOOST_AUTO_TEST_CASE(prints_at_its_least_what_never_fits) {
  BOOST_TEST(printed(sample(), 3)
             == "ID    IMAGE\n"
                "1234  regis…\n"
                "9     -\n");
}

BOOST_AUTO_TEST_CASE(counts_characters_and_disarms_control_characters) {
  table rows{{{.title = "A"}, {.title = "B"}}};
  rows.add({"ä", "1"});
  rows.add({"\033[2J", "2"});
  BOOST_TEST(printed(rows, 0)
             == "A     B\n"
                "ä     1\n"
                " [2J  2\n");
}

BOOST_AUTO_TEST_CASE(sizes_ages_and_percentages_are_short) {
  BOOST_TEST(format_bytes(0) == "0 B");
  BOOST_TEST(format_bytes(1023) == "1.0 KiB");
  BOOST_TEST(format_bytes(1536) == "1.5 KiB");
  BOOST_TEST(format_bytes(250u << 20) == "250 MiB");
  BOOST_TEST(format_age(-5s) == "0s");
  BOOST_TEST(format_age(119s) == "119s");
  BOOST_TEST(format_age(2h) == "2h");
  BOOST_TEST(format_age(72h) == "3d");
  BOOST_TEST(percent_of("Cloning 42 %").value_or(-1) == 42);
  BOOST_TEST(percent_of("42%").value_or(-1) == 42);
  BOOST_TEST(!percent_of("% of it"));
  BOOST_TEST(!percent_of("101 %"));
}

BOOST_AUTO_TEST_SUITE_END()
