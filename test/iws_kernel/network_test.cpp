#include "test/iws_kernel/fixture.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace berth;
using namespace berth::test;

namespace {

struct joined_node : iws_node {
  ec join(const pinned& target, const std::string& subnet = "10.0.5.0/30") {
    return code(hands.network(), join_network{w1, target, subnet});
  }

  /// Output of a program of this machine in the container's network.
  std::string outside(const std::string& command) {
    return output_of("nsenter -n -t " + std::to_string(w1.init.pid) + " "
                     + command + " 2>&1");
  }

  /// The two things that are made in the container's network.
  std::string made() {
    return outside(
      "sh -c 'ip -o link show veth0 2>/dev/null; nft list tables'");
  }

  workspace_container w1 = start_one("w1");
  shell inner = ring(w1, "w1");
  pinned target = pin(w1, inner.pid());
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_join_network, joined_node)

BOOST_AUTO_TEST_CASE(addresses_routes_and_rules_are_there) {
  BOOST_TEST(join(target) == ec::none);
  BOOST_TEST(inner("ip -o -4 addr show eth0").find("10.0.5.2/30")
             != std::string::npos);
  BOOST_TEST(inner("ip route")
             == "default via 10.0.5.1 dev eth0 \n10.0.5.0/30 "
                "dev eth0 scope link  src 10.0.5.2 ");
  BOOST_TEST(inner("ip -o link show lo").find("UP") != std::string::npos);
  BOOST_TEST(inner("cat /proc/sys/net/ipv6/conf/all/disable_ipv6") == "1");
  BOOST_TEST(inner("ip -6 addr") == "");
  BOOST_TEST(outside("ip -o -4 addr show veth0").find("10.0.5.1/30")
             != std::string::npos);
  BOOST_TEST(outside("nft list ruleset").find("dnat ip to 10.0.5.2")
             != std::string::npos);
  BOOST_TEST(outside("cat /proc/sys/net/ipv4/ip_forward") == "1\n");
}

BOOST_AUTO_TEST_CASE(packets_go_both_ways) {
  set_up_network();
  auto world = outside_world{};
  BOOST_TEST(join(target) == ec::none);
  // Outwards, under the container's address; not where it may not go.
  BOOST_TEST(inner("nc -w 2 203.0.113.9 80 </dev/null && echo yes") == "yes");
  BOOST_TEST(inner("nc -w 1 169.254.169.254 80 </dev/null 2>/dev/null || echo "
                   "no")
             == "no");
  // Inwards: what the container's address gets.
  inner("{ nc -l -p 8080 -e /bin/busybox echo hello; } & echo");
  inner("until grep -q ':1F90 ' /proc/net/tcp /proc/net/tcp6; do :; done "
        "2>/dev/null");
  auto address
    = sh("w1", "ip -o -4 addr show eth0 | sed 's/.*inet //; s#/.*##'");
  BOOST_TEST(output_of("busybox nc -w 2 " + address + " 8080 </dev/null")
             == "hello\n");
}

BOOST_AUTO_TEST_CASE(false_senders_and_ipv6_stay_inside) {
  set_up_network();
  auto world = outside_world{};
  BOOST_TEST(join(target) == ec::none);
  BOOST_TEST(inner("ip addr add 10.0.5.77/32 dev eth0 && echo yes") == "yes");
  auto send_as = [this](const char* address) {
    return inner(std::string{"ip route replace default via 10.0.5.1 src "}
                 + address
                 + "; nc -w 1 203.0.113.9 80 </dev/null 2>/dev/null "
                   "&& echo yes || echo no");
  };
  BOOST_TEST(send_as("10.0.5.77") == "no");
  BOOST_TEST(send_as("10.0.5.2") == "yes");
  auto rules = outside("nft list chain inet berth arrive");
  BOOST_TEST(rules.find("meta nfproto ipv6 drop") != rules.npos);
}

BOOST_AUTO_TEST_CASE(joining_again_changes_nothing) {
  BOOST_TEST(join(target) == ec::none);
  auto links = outside("ip -o link");
  auto rules = outside("nft list ruleset");
  for (auto i = 0; i < 10; ++i)
    BOOST_TEST(join(target) == ec::none);
  BOOST_TEST(outside("ip -o link") == links);
  BOOST_TEST(outside("nft list ruleset") == rules);
  auto other = ring(w1, "w1");
  BOOST_TEST(join(pin(w1, other.pid())) == ec::already_exists);
  BOOST_TEST(outside("ip -o link") == links);
  BOOST_TEST(other("ip -o link | wc -l") == "1");
}

BOOST_AUTO_TEST_CASE(namespaces_that_are_not_to_be_joined_are_refused) {
  auto host = output_of("ip -o link");
  BOOST_TEST(join(pin(w1, 1)) == ec::permission_denied);
  for (auto subnet : {"10.0.0.0/31", "10.0.0.0/32", "", "garbage"})
    BOOST_TEST(join(target, subnet) == ec::invalid_argument, subnet);
  BOOST_TEST(made() == "");
  inner("ip link add eth0 type dummy 2>/dev/null || ip link add eth0 type veth "
        "peer name other");
  BOOST_TEST(join(target) == ec::failed_precondition);
  BOOST_TEST(made() == "");
  BOOST_TEST(inner("ip link del eth0; ip link set lo up; ip route add default "
                   "dev lo && echo yes")
             == "yes");
  BOOST_TEST(join(target) == ec::failed_precondition);
  BOOST_TEST(made() == "");
  inner("ip route del default");
  BOOST_TEST(join(target) == ec::none);
  BOOST_TEST(output_of("ip -o link") == host);
}

BOOST_AUTO_TEST_CASE(a_failed_step_leaves_nothing) {
  // What the rules are told to nft with is not there.
  auto without = detached_iws_hands(sys, dir / "none");
  BOOST_TEST(code(without.network(), join_network{w1, target}) == ec::internal);
  BOOST_TEST(made() == "");
  BOOST_TEST(inner("ip -o link | wc -l") == "1");
  BOOST_TEST(join(target) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_namespace_that_dies_makes_room_for_the_next) {
  BOOST_TEST(join(target) == ec::none);
  inner.leave();
  BOOST_TEST(join(target) == ec::invalid_argument);
  // The kernel removes a namespace some time after its last process.
  target = {};
  auto next = ring(w1, "w1");
  auto found = pin(w1, next.pid());
  auto outcome = ec::already_exists;
  for (auto i = 0; i < 1000 && outcome == ec::already_exists; ++i)
    outcome = join(found);
  BOOST_TEST(outcome == ec::none);
}

BOOST_AUTO_TEST_CASE(settings_of_the_machine_stay_as_they_are) {
  auto all = "cat /proc/sys/net/ipv6/conf/all/disable_ipv6 "
             "/proc/sys/net/ipv6/conf/default/disable_ipv6 "
             "/proc/sys/net/ipv4/ip_forward";
  auto before = output_of(all);
  // Whatever the workspace puts where it sees the settings.
  inner("mount -t tmpfs t /tmp; ln -s /tmp/x /tmp/y; mount --rbind /tmp "
        "/proc/sys 2>/dev/null");
  BOOST_TEST(join(target) == ec::none);
  BOOST_TEST(output_of(all) == before);
  BOOST_TEST(inner("ls /tmp") == "y");
}

BOOST_AUTO_TEST_SUITE_END()
