#include "sys/idmap.hpp"
#include "sys/link.hpp"
#include "test/sys/support.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>

using namespace berth;
using namespace berth::test;

namespace {

constexpr auto gateway = 0x0ac90101U; // 10.201.1.1
constexpr auto address = 0x0ac90102U;

/// A network namespace that lives as long as the descriptor.
sys::fd make_netns() {
  auto ns = sys::fd{};
  in_own(CLONE_NEWNET, [&] {
    ns = sys::fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
  });
  return ns;
}

/// Runs a program in network namespace `ns`.
ending run_in(const sys::fd& ns, std::vector<std::string> argv) {
  argv.insert(argv.begin(), {"/usr/bin/nsenter", "--net=/proc/self/fd/9"});
  return run(std::move(argv), {.fds = {{ns.get(), 9}}});
}

sys::veth_spec spec() {
  return {"bthtest0", gateway, address, 30};
}

std::vector<std::string> names_here() {
  auto socket = need(sys::netlink::open());
  auto names = std::vector<std::string>{};
  for (auto& each : need(sys::all_links(socket)))
    names.push_back(each.name);
  std::sort(names.begin(), names.end());
  return names;
}

/// What a datagram from `ns` to a closed port comes back with: ECONNREFUSED if
/// it got there, EAGAIN if nothing came back in time.
int answer_of_a_closed_port(const sys::fd& ns, uint32_t to) {
  auto err = 0;
  in_own(0, [&] {
    BOOST_REQUIRE_EQUAL(::setns(ns.get(), CLONE_NEWNET), 0);
    auto socket = sys::fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    auto patience = timeval{5, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience,
                 sizeof(patience));
    auto where = sockaddr_in{};
    where.sin_family = AF_INET;
    where.sin_port = ::htons(9);
    where.sin_addr.s_addr = ::htonl(to);
    static_cast<void>(::connect(
      socket.get(), reinterpret_cast<sockaddr*>(&where), sizeof(where)));
    ::send(socket.get(), "x", 1, 0);
    auto byte = char{};
    err = ::recv(socket.get(), &byte, 1, 0) < 0 ? errno : 0;
  });
  return err;
}

using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(veth)

BOOST_AUTO_TEST_CASE(joins_a_namespace_to_this_one) {
  in_own(CLONE_NEWNET, [] {
    auto ns = make_netns();
    need(sys::connect_veth(spec(), ns));
    auto shown
      = run_in(ns, {"/bin/sh", "-c",
                    "ip -4 -o addr show eth0; ip route; ip link show lo"});
    BOOST_TEST(shown.out.find("inet 10.201.1.2/30") != std::string::npos);
    BOOST_TEST(shown.out.find("default via 10.201.1.1 dev eth0")
               != std::string::npos);
    BOOST_TEST(shown.out.find("LOOPBACK,UP") != std::string::npos);
    auto here = need(sys::netlink::open());
    BOOST_TEST(need(sys::find_link(here, "bthtest0")).index > 0);
  });
}

BOOST_AUTO_TEST_CASE(carries_packets) {
  in_own(CLONE_NEWNET, [] {
    auto ns = make_netns();
    need(sys::connect_veth(spec(), ns));
    BOOST_TEST(answer_of_a_closed_port(ns, gateway) == ECONNREFUSED);
  });
}

BOOST_AUTO_TEST_CASE(does_it_once_however_often_it_is_asked) {
  in_own(CLONE_NEWNET, [] {
    auto ns = make_netns();
    auto here = need(sys::netlink::open());
    need(sys::connect_veth(spec(), ns));
    auto first = need(sys::find_link(here, "bthtest0"));
    need(sys::connect_veth(spec(), ns));
    BOOST_TEST(need(sys::find_link(here, "bthtest0")).index == first.index);
  });
}

BOOST_AUTO_TEST_CASE(replaces_a_link_that_leads_elsewhere) {
  in_own(CLONE_NEWNET, [] {
    auto old_ns = make_netns();
    auto new_ns = make_netns();
    need(sys::connect_veth(spec(), old_ns));
    need(sys::connect_veth(spec(), new_ns));
    BOOST_TEST(run_in(old_ns, {"/usr/sbin/ip", "link", "show", "eth0"}).code
               != 0);
    BOOST_TEST(run_in(new_ns, {"/usr/sbin/ip", "link", "show", "eth0"}).code
               == 0);
    BOOST_TEST(names_here() == (names{"bthtest0", "lo"}),
               boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(goes_with_the_namespace_or_on_request) {
  in_own(CLONE_NEWNET, [] {
    auto ns = make_netns();
    need(sys::connect_veth(spec(), ns));
    auto here = need(sys::netlink::open());
    need(sys::remove_link(here, "bthtest0"));
    need(sys::remove_link(here, "bthtest0")); // again
    BOOST_TEST(names_here() == names{"lo"}, boost::test_tools::per_element());
    BOOST_TEST(run_in(ns, {"/usr/sbin/ip", "link", "show", "eth0"}).code != 0);
  });
}

BOOST_AUTO_TEST_CASE(gives_the_host_half_no_ipv6_address) {
  in_own(CLONE_NEWNET, [] {
    auto ns = make_netns();
    need(sys::connect_veth(spec(), ns));
    auto here
      = sys::fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
    auto shown
      = run_in(here, {"/usr/sbin/ip", "-6", "addr", "show", "bthtest0"});
    BOOST_TEST(shown.out == "");
  });
}

BOOST_AUTO_TEST_CASE(refuses_a_name_too_long_for_a_link) {
  in_own(CLONE_NEWNET, [] {
    auto ns = make_netns();
    auto wrong = spec();
    wrong.host_link = "bth-sixteen-byte";
    BOOST_TEST(!sys::connect_veth(wrong, ns));
    BOOST_TEST(names_here() == names{"lo"}, boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_SUITE_END()
