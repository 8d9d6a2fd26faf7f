#include "core/network/address_pool.hpp"
#include "core/network/resolvers.hpp"
#include "core/network/ruleset.hpp"

#include <boost/test/unit_test.hpp>

using namespace berth;

namespace {

constexpr uint32_t ten_twenty = 10u << 24 | 20u << 16;

} // namespace

BOOST_AUTO_TEST_SUITE(network_addresses)

BOOST_AUTO_TEST_CASE(an_ipv4_address_does_not_end_at_a_nul) {
  BOOST_TEST(*from_dotted("10.0.0.1") == 0x0a000001u);
  BOOST_TEST(!from_dotted(std::string{"10.0.0.1\0x", 10}));
}

BOOST_AUTO_TEST_CASE(each_slot_has_its_own_four_addresses) {
  auto pool = address_pool{ten_twenty, 16};
  BOOST_TEST(pool.size() == 16384u);
  auto first = pool.at(0);
  BOOST_REQUIRE(first);
  BOOST_TEST(to_dotted(first->gateway) == "10.20.0.1");
  BOOST_TEST(to_dotted(first->address) == "10.20.0.2");
  BOOST_TEST(to_dotted(pool.at(64)->address) == "10.20.1.2");
  BOOST_TEST(to_dotted(pool.at(16383)->gateway) == "10.20.255.253");
}

BOOST_AUTO_TEST_CASE(a_slot_beyond_the_pool_is_refused) {
  auto none = address_pool{ten_twenty, 16}.at(16384);
  BOOST_REQUIRE(!none);
  BOOST_TEST((code_of(none.error()) == ec::exhausted));
  BOOST_TEST(address_pool(ten_twenty, 30).size() == 1u);
  BOOST_TEST(address_pool(ten_twenty, 31).size() == 0u);
}

BOOST_AUTO_TEST_CASE(host_bits_of_the_subnet_do_not_count) {
  BOOST_TEST(to_dotted(address_pool(ten_twenty + 77, 16).at(0)->gateway)
             == "10.20.0.1");
}

BOOST_AUTO_TEST_CASE(only_whole_addresses_are_read) {
  BOOST_TEST(*from_dotted("10.20.0.1") == ten_twenty + 1);
  for (auto text : {"", "10.20", "10.20.0.256", "10.20.0.1 ", "::1", "x"})
    BOOST_TEST(!from_dotted(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(network_resolvers)

BOOST_AUTO_TEST_CASE(loopback_and_ipv6_are_left_out) {
  auto found = resolvers_in("# comment\nsearch example.org\n"
                            "nameserver 127.0.0.53\nnameserver fe80::1\n"
                            "nameserver\t10.20.0.1 \nnameserver 1.2.3\n"
                            "options edns0\nnameserver 0.0.0.0");
  BOOST_TEST(found == std::vector<uint32_t>{ten_twenty + 1},
             boost::test_tools::per_element());
  BOOST_TEST(resolv_conf(found) == "nameserver 10.20.0.1\n");
}

BOOST_AUTO_TEST_CASE(configured_ones_come_first) {
  auto all = settings{};
  all.runtime.dns = {"10.20.0.1"};
  BOOST_TEST(find_resolvers(all) == std::vector<uint32_t>{ten_twenty + 1},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(network_ruleset)

BOOST_AUTO_TEST_CASE(rules_are_these) {
  auto plan = ruleset_plan{"00ff", "bth00ff", "bth", {ten_twenty + 1}};
  BOOST_TEST(rules_of(plan) == R"(add table inet berth
add chain inet berth arrive_00ff { type filter hook prerouting priority -150; policy accept; }
flush chain inet berth arrive_00ff
add chain inet berth input_00ff { type filter hook input priority 0; policy accept; }
flush chain inet berth input_00ff
add chain inet berth forward_00ff { type filter hook forward priority 0; policy accept; }
flush chain inet berth forward_00ff
add chain inet berth leave_00ff { type nat hook postrouting priority 100; policy accept; }
flush chain inet berth leave_00ff
add chain inet berth workers_00ff { type filter hook output priority 0; policy accept; }
flush chain inet berth workers_00ff
add set inet berth blocked_00ff { type ipv4_addr; flags interval; }
flush set inet berth blocked_00ff
add set inet berth dns_00ff { type ipv4_addr; }
flush set inet berth dns_00ff
add set inet berth flows_00ff { type ipv4_addr; size 65536; flags dynamic; }
flush set inet berth flows_00ff
add element inet berth blocked_00ff { 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, 192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3 }
add element inet berth dns_00ff { 10.20.0.1 }
add rule inet berth arrive_00ff iifname "bth00ff*" meta nfproto ipv6 drop
add rule inet berth arrive_00ff iifname "bth00ff*" fib saddr . iif oif missing drop
add rule inet berth arrive_00ff iifname "bth00ff*" ct state new add @flows_00ff { ip saddr ct count over 8192 } counter drop
add rule inet berth input_00ff iifname "bth00ff*" ct state established,related accept
add rule inet berth input_00ff iifname "bth00ff*" meta l4proto { tcp, udp } th dport 53 ip daddr @dns_00ff accept
add rule inet berth input_00ff iifname "bth00ff*" counter drop
add rule inet berth forward_00ff iifname "bth00ff*" oifname "bth*" counter drop
add rule inet berth forward_00ff oifname "bth00ff*" ct state established,related accept
add rule inet berth forward_00ff oifname "bth00ff*" counter drop
add rule inet berth forward_00ff iifname "bth00ff*" meta l4proto { tcp, udp } th dport 53 ip daddr @dns_00ff accept
add rule inet berth forward_00ff iifname "bth00ff*" ip daddr @blocked_00ff counter drop
add rule inet berth leave_00ff iifname "bth00ff*" oifname != "bth*" masquerade
)");
}

BOOST_AUTO_TEST_CASE(no_name_server_is_no_element) {
  auto text = rules_of({"00ff", "bth00ff", "bth", {}});
  BOOST_TEST(text.find("add element inet berth dns") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(workers_are_kept_from_the_denied_networks) {
  auto plan = ruleset_plan{"00ff", "bth00ff", "bth", {}};
  plan.workers = {1'000'000,
                  131'072,
                  {"10.0.0.0/8", "fc00::/7"},
                  {"10.0.0.53"},
                  {{"10.1.2.3", 5000}, {"::1", 443}},
                  {7400}};
  auto text = rules_of(plan);
  BOOST_TEST(
    text.substr(text.find("add rule inet berth workers")) ==
    R"(add rule inet berth workers_00ff meta skuid != 1000000-1131071 accept
add rule inet berth workers_00ff meta l4proto { tcp, udp } th dport 53 ip daddr 10.0.0.53 accept
add rule inet berth workers_00ff tcp dport 7400 fib daddr type local counter reject with tcp reset
add rule inet berth workers_00ff tcp dport 5000 ip daddr 10.1.2.3 accept
add rule inet berth workers_00ff tcp dport 443 ip6 daddr ::1 accept
add rule inet berth workers_00ff ip daddr 10.0.0.0/8 counter reject with icmpx admin-prohibited
add rule inet berth workers_00ff ip6 daddr fc00::/7 counter reject with icmpx admin-prohibited
)");
}

BOOST_AUTO_TEST_CASE(a_registry_given_by_address_is_reached) {
  auto all = settings{};
  all.images.registries = {{"10.1.2.3:5000", {}},
                           {"[fd00::1]", {}},
                           {"localhost:6000", {}},
                           {"registry.example.com", {}}};
  auto text = std::string{};
  for (const auto& [address, port] : make_egress_plan(all).exceptions)
    text += address + " " + std::to_string(port) + "\n";
  BOOST_TEST(text == "10.1.2.3 5000\nfd00::1 443\n127.0.0.1 6000\n::1 6000\n");
  BOOST_TEST(literal_endpoints("fd00::2", 443).front().address == "fd00::2");
  BOOST_TEST(literal_endpoints("10.1.2.3:x", 443).empty());
}

BOOST_AUTO_TEST_CASE(what_is_left_is_read_from_the_listing) {
  auto ours = table_in("table inet berth {\n\tchain forwarding_was_off {\n\t}\n"
                       "}\n");
  BOOST_TEST(!ours.in_use);
  BOOST_TEST(ours.forwarding_was_off);
  auto others = table_in("table inet berth {\n\tset dns_1111 {\n\t}\n"
                         "\tchain input_1111 {\n\t}\n}\n");
  BOOST_TEST(others.in_use);
  BOOST_TEST(!others.forwarding_was_off);
  BOOST_TEST(!table_in("table inet berth {\n}\n").in_use);
}

BOOST_AUTO_TEST_SUITE_END()
