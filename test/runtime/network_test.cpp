#include "test/runtime/node.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace berth::test {

namespace {

/// A service of this host, on every address.
struct host_service {
  host_service() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto at = sockaddr_in{};
    at.sin_family = AF_INET;
    at.sin_port = htons(8080);
    BOOST_REQUIRE(
      ::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
    BOOST_REQUIRE(::listen(socket.get(), 16) == 0);
  }
  sys::fd socket;
};

std::string forwarding() {
  return output_of("cat /proc/sys/net/ipv4/ip_forward");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(networking, node)

BOOST_AUTO_TEST_CASE(a_workspace_reaches_the_world_and_nothing_near) {
  auto outside = outside_world{};
  auto service = host_service{};
  set_up_network();
  init_is("while :; do nc -l -p 80 < /dev/null; done");
  start(plan("w1", 0));
  start(plan("w2", 1));
  BOOST_TEST(reaches(*this, "w1", "203.0.113.9", 80));
  BOOST_TEST(reaches(*this, "w1", "10.99.0.53", 53));
  BOOST_TEST(reaches(*this, "w1", "127.0.0.1", 80));
  BOOST_TEST(!reaches(*this, "w1", "10.99.0.53", 80));
  BOOST_TEST(!reaches(*this, "w1", "169.254.169.254", 80));
  BOOST_TEST(!reaches(*this, "w1", "10.201.0.6", 80));   // w2
  BOOST_TEST(!reaches(*this, "w1", "10.201.0.1", 8080)); // the host's end
  BOOST_TEST(!reaches(*this, "w1", "203.0.113.1", 8080));
  BOOST_TEST(output_of("busybox nc -w 1 10.201.0.6 80 < /dev/null; echo $?")
             == "0\n");
}

BOOST_AUTO_TEST_CASE(a_worker_reaches_no_denied_network) {
  auto outside = outside_world{};
  set_up_network();
  auto reached = [](const std::string& uid, const std::string& address) {
    return output_of("setpriv --clear-groups --reuid=" + uid
                     + " busybox nc -w 1 " + address
                     + " 80 < /dev/null 2>&1; echo $?");
  };
  BOOST_TEST(reached("4000001", "203.0.113.9") == "0\n");
  BOOST_TEST(reached("4000001", "169.254.169.254") != "0\n");
  BOOST_TEST(reached("0", "169.254.169.254") == "0\n");
}

BOOST_AUTO_TEST_CASE(names_are_asked_for_where_the_settings_say) {
  start(plan("w1"));
  BOOST_TEST(sh("w1", "cat /etc/resolv.conf") == "nameserver 10.99.0.53");
  BOOST_TEST(sh("w1", "grep host-of-w1 /etc/hosts") == "10.201.0.2 host-of-w1");
  BOOST_TEST(sh("w1", "cat /etc/hostname") == "host-of-w1");
}

BOOST_AUTO_TEST_CASE(the_last_instance_takes_everything_back) {
  output_of("echo 0 > /proc/sys/net/ipv4/ip_forward");
  set_up_network();
  BOOST_TEST(forwarding() == "1\n");
  {
    auto other = node{};
    other.set_up_network();
    set_up_network(); // again
    tear_down_network();
    BOOST_TEST(forwarding() == "1\n");
    BOOST_TEST(
      output_of("nft list table inet berth | grep -c _" + other.where().key())
      != "0\n");
  }
  BOOST_TEST(forwarding() == "0\n");
  BOOST_TEST(output_of("nft list tables") == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace berth::test
