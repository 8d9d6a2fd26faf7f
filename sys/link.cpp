#include "sys/link.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace berth::sys {

namespace {

constexpr auto inner_link = "eth0";

int32_t as_int(std::string_view bytes) {
  auto value = int32_t{0};
  if (bytes.size() >= sizeof(value))
    std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

link parse_link(std::string_view payload) {
  auto header = ifinfomsg{};
  if (payload.size() < sizeof(header))
    return {};
  std::memcpy(&header, payload.data(), sizeof(header));
  auto name = netlink_attribute(payload, sizeof(header), IFLA_IFNAME);
  auto peer = netlink_attribute(payload, sizeof(header), IFLA_LINK);
  auto mtu = netlink_attribute(payload, sizeof(header), IFLA_MTU);
  return {std::string{name.substr(0, name.find('\0'))}, header.ifi_index,
          as_int(peer), static_cast<uint32_t>(as_int(mtu))};
}

result<void> check_link_name(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ)
    return make_error(ec::invalid_argument, "link name " + name + ": too long");
  return {};
}

/// No link-local address, hence nothing a neighbour could reach over IPv6.
result<void> leave_ipv6_alone(netlink& socket, const std::string& name) {
  auto message = netlink_message{RTM_SETLINK, 0, ifinfomsg{}};
  message.add_string(IFLA_IFNAME, name)
    .open(IFLA_AF_SPEC)
    .open(AF_INET6)
    .add_u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE)
    .close()
    .close();
  auto done = socket.request(std::move(message), "set link", name);
  if (!done && is_errno(done.error(), EAFNOSUPPORT)) // a kernel without IPv6
    return {};
  return done;
}

/// Whether `host` and `inner` are the two halves of one pair.
bool is_pair(const result<link>& host, const result<link>& inner) {
  return host && inner && host->peer == inner->index
         && inner->peer == host->index;
}

result<void> ensure_pair(netlink& here, netlink& there, const veth_spec& spec,
                         const fd& netns) {
  auto host = find_link(here, spec.host_link);
  if (is_pair(host, find_link(there, inner_link)))
    return {};
  if (auto removed = remove_link(here, spec.host_link); !removed)
    return removed;
  return make_veth(here, spec.host_link, inner_link, netns, spec.mtu);
}

result<void> configure(netlink& socket, const std::string& name,
                       uint32_t address, uint8_t prefix) {
  auto found = find_link(socket, name);
  if (!found)
    return found.error();
  if (auto added = add_address(socket, *found, address, prefix); !added)
    return added;
  return set_link_up(socket, name);
}

} // namespace

result<std::vector<link>> all_links(netlink& socket) {
  auto links = std::vector<link>{};
  auto done = socket.request(
    {RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}}, "list links", "all",
    [&](std::string_view payload) { links.push_back(parse_link(payload)); });
  if (!done)
    return done.error();
  return links;
}

result<link> find_link(netlink& socket, const std::string& name) {
  auto found = link{};
  auto message = netlink_message{RTM_GETLINK, 0, ifinfomsg{}};
  message.add_string(IFLA_IFNAME, name);
  auto done = socket.request(
    std::move(message), "get link", name,
    [&](std::string_view payload) { found = parse_link(payload); });
  if (!done)
    return done.error();
  return found;
}

result<void> make_veth(netlink& socket, const std::string& name,
                       const std::string& peer_name, const fd& peer_ns,
                       uint32_t mtu) {
  if (auto checked = check_link_name(name); !checked)
    return checked;
  auto peer = ifinfomsg{};
  auto message
    = netlink_message{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}};
  message.add_string(IFLA_IFNAME, name)
    .open(IFLA_LINKINFO)
    .add_string(IFLA_INFO_KIND, "veth")
    .open(IFLA_INFO_DATA)
    .open(VETH_INFO_PEER)
    .append(&peer, sizeof(peer))
    .add_string(IFLA_IFNAME, peer_name)
    .add_u32(IFLA_NET_NS_FD, static_cast<uint32_t>(peer_ns.get()));
  if (mtu != 0)
    message.add_u32(IFLA_MTU, mtu);
  message.close().close().close();
  if (mtu != 0)
    message.add_u32(IFLA_MTU, mtu);
  if (auto made = socket.request(std::move(message), "make veth", name); !made)
    return made;
  return leave_ipv6_alone(socket, name);
}

result<void> remove_link(netlink& socket, const std::string& name) {
  auto message = netlink_message{RTM_DELLINK, 0, ifinfomsg{}};
  message.add_string(IFLA_IFNAME, name);
  auto done = socket.request(std::move(message), "remove link", name);
  if (!done && is_errno(done.error(), ENODEV)) // gone is what we want
    return {};
  return done;
}

result<void> set_link_up(netlink& socket, const std::string& name) {
  auto header = ifinfomsg{};
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  auto message = netlink_message{RTM_NEWLINK, 0, header};
  message.add_string(IFLA_IFNAME, name);
  return socket.request(std::move(message), "set link up", name);
}

result<void> add_address(netlink& socket, const link& to, uint32_t address,
                         uint8_t prefix) {
  auto header = ifaddrmsg{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = prefix;
  header.ifa_index = static_cast<uint32_t>(to.index);
  auto message
    = netlink_message{RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header};
  message.add_u32(IFA_LOCAL, ::htonl(address));
  message.add_u32(IFA_ADDRESS, ::htonl(address));
  auto done = socket.request(std::move(message), "add address", to.name);
  if (!done && is_errno(done.error(), EEXIST)) // there is what we want
    return {};
  return done;
}

result<void> set_default_route(netlink& socket, uint32_t gateway) {
  auto header = rtmsg{};
  header.rtm_family = AF_INET;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  auto message
    = netlink_message{RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, header};
  message.add_u32(RTA_GATEWAY, ::htonl(gateway));
  return socket.request(std::move(message), "set route", "default");
}

result<fd> make_network_namespace() {
  auto made = fd{};
  auto failed = 0;
  // A thread that ends, for it stays in the new one.
  std::thread{[&] {
    if (::unshare(CLONE_NEWNET) == 0)
      made = fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
    failed = made ? 0 : errno;
  }}.join();
  if (failed != 0)
    return errno_error(failed, "unshare", "network namespace");
  return made;
}

result<void> connect_veth(const veth_spec& spec, const fd& netns) {
  auto here = netlink::open();
  if (!here)
    return here.error();
  return connect_veth(*here, spec, netns);
}

result<void> connect_veth(netlink& here, const veth_spec& spec,
                          const fd& netns) {
  auto there = netlink::open_in(netns);
  if (!there)
    return there.error();
  if (auto paired = ensure_pair(here, *there, spec, netns); !paired)
    return paired;
  auto& [host_link, gateway, address, prefix, mtu] = spec;
  if (auto done = configure(here, host_link, gateway, prefix); !done)
    return done;
  if (auto done = set_link_up(*there, "lo"); !done)
    return done;
  if (auto done = configure(*there, inner_link, address, prefix); !done)
    return done;
  return set_default_route(*there, gateway);
}

bool is_veth_pair(netlink& here, const std::string& name, netlink& there,
                  const std::string& peer_name) {
  return is_pair(find_link(here, name), find_link(there, peer_name));
}

result<bool> has_default_route(netlink& socket) {
  auto wanted = rtmsg{};
  wanted.rtm_family = AF_INET;
  auto found = false;
  auto done = socket.request(
    {RTM_GETROUTE, NLM_F_DUMP, wanted}, "list routes", "all",
    [&found](std::string_view payload) {
      auto route = rtmsg{};
      if (payload.size() < sizeof(route))
        return;
      std::memcpy(&route, payload.data(), sizeof(route));
      found
        = found || (route.rtm_dst_len == 0 && route.rtm_table == RT_TABLE_MAIN);
    });
  if (!done)
    return done.error();
  return found;
}

} // namespace berth::sys
