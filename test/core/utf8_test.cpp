#include "core/utf8.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

BOOST_AUTO_TEST_SUITE(utf8_test)

BOOST_AUTO_TEST_CASE(what_is_valid_stays) {
  for (auto* text : {"", "plain", "\xc3\xa4", "\xe2\x82\xac",
                     "\xf0\x9f\x9a\xa2", "\xed\x9f\xbf"})
    BOOST_TEST(valid_utf8(text) == text);
}

BOOST_AUTO_TEST_CASE(every_other_byte_is_replaced) {
  const auto bad = std::string{"\xef\xbf\xbd"};
  BOOST_TEST(valid_utf8("a\xff"
                        "b")
             == "a" + bad + "b");
  BOOST_TEST(valid_utf8("\xc3") == bad);
  BOOST_TEST(valid_utf8("\xc0\xaf") == bad + bad);
  BOOST_TEST(valid_utf8("\xed\xa0\x80") == bad + bad + bad);
  BOOST_TEST(valid_utf8("\xf4\x90\x80\x80") == bad + bad + bad + bad);
  BOOST_TEST(valid_utf8("\xe2\x82z") == bad + bad + "z");
}

BOOST_AUTO_TEST_CASE(control_characters_become_blanks) {
  BOOST_TEST(printable("a\tb\nc\x1b[1m\x7f") == "a b c [1m ");
  BOOST_TEST(printable("b\u00fccher") == "b\u00fccher");
}

BOOST_AUTO_TEST_SUITE_END()
