#include "test/iws_kernel/fixture.hpp"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

using namespace berth;
using namespace berth::test;

/// What a workspace sends that it should not.
namespace {

struct hostile_node : iws_node {
  hostile_node() { set_up_network(); }

  /// Runs `work` with all powers over the container's network; it does system
  /// calls only. Its exit code.
  static int within(const pinned& where, const std::function<int()>& work) {
    auto child = ::fork();
    if (child == 0) {
      if (::setns(where.process->net_ns.get(), CLONE_NEWNET) < 0)
        ::_exit(255);
      ::_exit(work());
    }
    auto status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
  }

  std::string address_of(const std::string& id) {
    return sh(id, "ip -o -4 addr show eth0 | sed 's/.*inet //; s#/.*##'");
  }

  /// The sum of what counters of chain `chain` of the host say.
  long dropped_in(const std::string& chain) {
    auto text
      = output_of("nft list chain inet berth " + chain + "_" + where().key()
                  + " | sed -n 's/.*counter packets \\([0-9]*\\).*/\\1/p'"
                    " | paste -sd+");
    return text == "\n" ? 0
                        : std::stol(output_of(
                          "echo $((" + text.substr(0, text.size() - 1) + "))"));
  }

  outside_world world;
  workspace_container w1 = start_one("w1");
  workspace_container w2 = start_one("w2", 1);
};

/// An Ethernet frame to everybody.
std::string frame_of(uint16_t type, std::string_view body) {
  auto frame = std::string(6, '\xff') + std::string("\x02\0\0\0\0\x66", 6);
  auto order = htons(type);
  frame.append(reinterpret_cast<const char*>(&order), 2);
  frame.append(body);
  frame.resize(std::max<size_t>(frame.size(), 60));
  return frame;
}

int send_frames(const std::vector<std::string>& frames) {
  auto at = sockaddr_ll{};
  at.sll_family = AF_PACKET;
  at.sll_ifindex = static_cast<int>(::if_nametoindex("eth0"));
  at.sll_halen = ETH_ALEN;
  auto raw = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  for (const auto& frame : frames)
    if (::sendto(raw, frame.data(), frame.size(), 0,
                 reinterpret_cast<sockaddr*>(&at), sizeof(at))
        < 0)
      return errno;
  return 0;
}

std::string bytes_of(const std::string& address) {
  auto number = ::inet_addr(address.c_str());
  return {reinterpret_cast<const char*>(&number), sizeof(number)};
}

/// "`address` is at the sender's."
std::string arp_reply(const std::string& address) {
  auto body = std::string("\0\1\x08\0\6\4\0\2\x02\0\0\0\0\x66", 14)
              + bytes_of(address) + std::string(6, '\xff') + bytes_of(address);
  return frame_of(ETHERTYPE_ARP, body);
}

/// A router that offers itself, and a neighbour that says who it is; the sums
/// need not be right for a packet to be dropped before.
std::string router_advertisement() {
  auto body = std::string("\x60\0\0\0\0\x10\x3a\xff", 8)
              + std::string("\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x66", 16)
              + std::string("\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16)
              + std::string("\x86\0\0\0\x40\0\x07\x08\0\0\0\0\0\0\0\0", 16);
  return frame_of(ETHERTYPE_IPV6, body);
}

int connect_many(const char* address, int count) {
  auto all = rlimit{};
  ::getrlimit(RLIMIT_NOFILE, &all);
  auto to = sockaddr_in{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = ::inet_addr(address);
  for (auto i = 0; i < count; ++i) {
    to.sin_port = htons(static_cast<uint16_t>(1024 + i % 60000));
    auto one = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ::connect(one, reinterpret_cast<sockaddr*>(&to), sizeof(to));
    ::close(one);
  }
  return 0;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(iws_network_attacks, hostile_node)

BOOST_AUTO_TEST_CASE(what_is_the_hosts_or_a_neighbours_is_out_of_reach) {
  auto inner = ring(w1, "w1");
  BOOST_TEST(code(hands.network(), join_network{w1, pin(w1, inner.pid())})
             == ec::none);
  auto other = address_of("w2");
  auto gateway
    = sh("w1", "ip route | sed -n 's/default via \\([^ ]*\\).*/\\1/p'");
  sh("w2", "nc -ll -p 8080 -e /bin/true >/dev/null 2>&1 & until grep -q ':1F90 "
           "' /proc/net/tcp /proc/net/tcp6; do :; done 2>/dev/null");
  // The host itself reaches it, so that a refusal says something.
  BOOST_TEST(
    output_of("busybox nc -w 2 " + other + " 8080 </dev/null && echo yes")
    == "yes\n");
  auto refused = dropped_in("forward") + dropped_in("input");
  for (const auto& target :
       {std::string{"169.254.169.254 80"}, gateway + " 22", gateway + " 7400",
        other + " 8080", std::string{"203.0.113.1 80"},
        std::string{"10.99.0.53 80"}, std::string{"127.0.0.2 53"}})
    BOOST_TEST(inner("nc -w 1 " + target + " </dev/null 2>/dev/null || echo no")
                 == "no",
               target);
  BOOST_TEST(dropped_in("forward") + dropped_in("input") >= refused + 5);
  BOOST_TEST(inner("nc -w 2 203.0.113.9 80 </dev/null && echo yes") == "yes");
  BOOST_TEST(inner("nc -w 2 10.99.0.53 53 </dev/null && echo yes") == "yes");
}

BOOST_AUTO_TEST_CASE(false_neighbours_and_routers_convince_nobody) {
  auto other = address_of("w2");
  auto state = [this] {
    return output_of(
      "ip -4 route; ip -6 route; ip -o addr | sed 's/ tentative//'; "
      "ip neigh | grep -v "
      + where().link_prefix() + "0 | sed 's/[A-Z]*.$//' | sort");
  };
  sh("w2",
     "nc -ll -p 8080 -e /bin/busybox echo w2 >/dev/null 2>&1 & until grep "
     "-q ':1F90 ' /proc/net/tcp /proc/net/tcp6; do :; done 2>/dev/null");
  auto ask = "busybox nc -w 2 " + other + " 8080 </dev/null";
  BOOST_TEST(output_of(ask) == "w2\n");
  auto before = state();
  auto dhcp = std::string("\x45\0\0\x1c\0\0\0\0\x40\x11\0\0", 12)
              + std::string(4, '\0') + std::string(4, '\xff')
              + std::string("\0\x44\0\x43\0\x08\0\0", 8);
  auto frames = std::vector<std::string>{
    arp_reply(other), arp_reply("203.0.113.9"), router_advertisement(),
    frame_of(ETHERTYPE_IP, dhcp)};
  for (auto i = 0; i < 20; ++i)
    BOOST_TEST(within(pin(w1, 1), [&] { return send_frames(frames); }) == 0);
  BOOST_TEST(state() == before);
  BOOST_TEST(output_of(ask) == "w2\n");
  BOOST_TEST(reaches(*this, "w2", "203.0.113.9", 80));
  BOOST_TEST(reaches(*this, "w1", "203.0.113.9", 80));
}

BOOST_AUTO_TEST_CASE(what_a_killed_node_did_by_half_is_completed) {
  auto inner = ring(w1, "w1");
  auto target = pin(w1, inner.pid());
  output_of("nsenter -n -t " + std::to_string(w1.init.pid)
            + " ip link add veth0 type veth peer name eth0 netns "
            + std::to_string(target.process->pid));
  BOOST_TEST(inner("ip -o link | grep -c eth0") == "1");
  BOOST_TEST(code(hands.network(), join_network{w1, target}) == ec::none);
  BOOST_TEST(inner("nc -w 2 203.0.113.9 80 </dev/null && echo yes") == "yes");
}

/// The table of connections is one for all of the machine.
BOOST_AUTO_TEST_CASE(no_workspace_fills_the_table_of_connections) {
  BOOST_TEST(reaches(*this, "w1", "203.0.113.9", 80));
  // Nobody is there to answer: the kernel remembers each for two minutes.
  BOOST_TEST(
    within(pin(w1, 1), [] { return connect_many("203.0.113.77", 20'000); })
    == 0);
  auto known
    = std::stol(output_of("cat /proc/sys/net/netfilter/nf_conntrack_count"));
  BOOST_TEST(known > 4000);
  BOOST_TEST(known <= 8192 + 200);
  BOOST_TEST(dropped_in("arrive") > 1000);
  BOOST_TEST(reaches(*this, "w2", "203.0.113.9", 80));
}

BOOST_AUTO_TEST_SUITE_END()
