#include "core/iws/inner_network.hpp"
#include "core/network/address_pool.hpp"
#include "test/support/print.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

BOOST_AUTO_TEST_SUITE(iws_network)

BOOST_AUTO_TEST_CASE(a_subnet_gives_two_addresses) {
  struct row {
    std::string_view text;
    const char *gateway, *address;
    int bits;
  };
  const row rows[] = {
    {"10.0.5.0/30", "10.0.5.1", "10.0.5.2", 30},
    {"10.0.5.1/30", "10.0.5.1", "10.0.5.2", 30},
    {"192.168.7.4/30", "192.168.7.5", "192.168.7.6", 30},
    {"172.16.9.77/24", "172.16.9.1", "172.16.9.2", 24},
  };
  for (const auto& [text, gateway, address, bits] : rows) {
    auto subnet = parse_inner_subnet(text);
    BOOST_REQUIRE(subnet);
    BOOST_TEST(to_dotted(subnet->gateway) == gateway);
    BOOST_TEST(to_dotted(subnet->address) == address);
    BOOST_TEST(int{subnet->bits} == bits);
  }
}

BOOST_AUTO_TEST_CASE(what_has_no_two_addresses_is_refused) {
  for (auto text : {"10.0.0.0/31", "10.0.0.0/32", "255.255.255.254/31", "",
                    "10.0.0.0", "10.0.0.0/", "10.0.0/30", "10.0.0.0/0",
                    "10.0.0.0/33", "10.0.0.0/3x", "/30", "fd00::/64"}) {
    auto subnet = parse_inner_subnet(text);
    BOOST_REQUIRE_MESSAGE(!subnet, text);
    BOOST_TEST(code_of(subnet.error()) == ec::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(rules_begin_by_taking_the_old_ones_away) {
  auto subnet = parse_inner_subnet("10.0.5.0/30");
  BOOST_REQUIRE(subnet);
  auto rules = inner_rules(*subnet);
  BOOST_TEST(rules.starts_with(without_inner_rules));
  BOOST_TEST(rules.find("dnat ip to 10.0.5.2") != rules.npos);
  BOOST_TEST(rules.find("ip saddr != 10.0.5.2 drop") != rules.npos);
}

BOOST_AUTO_TEST_SUITE_END()
