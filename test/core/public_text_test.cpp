#include "core/public_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

BOOST_AUTO_TEST_SUITE(public_text_test)

BOOST_AUTO_TEST_CASE(where_things_lie_on_this_machine_is_left_out) {
  keep_private({"/var/lib/berth", "/var/lib/berth/objects/", "/", "relative"});
  BOOST_TEST(public_text("unlinkat /var/lib/berth/content/.trash-1: busy")
             == "unlinkat content/.trash-1: busy");
  BOOST_TEST(public_text("/var/lib/berth/objects/a and /var/lib/berth/b")
             == "a and b");
  BOOST_TEST(public_text("/var/lib/berthold/a, /var/lib/berth")
             == "/var/lib/berthold/a, /var/lib/berth");
  keep_private({});
  BOOST_TEST(public_text("/var/lib/berth/a") == "/var/lib/berth/a");
}

BOOST_AUTO_TEST_SUITE_END()
