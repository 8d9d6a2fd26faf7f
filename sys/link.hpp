#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"
#include "sys/netlink.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace berth::sys {

/// A network interface.
struct link {
  std::string name;
  int32_t index = 0;
  int32_t peer = 0; ///< of a veth: the other half's index, in its namespace
  uint32_t mtu = 0;
};

result<std::vector<link>> all_links(netlink&);

/// ENODEV if there is none of that name.
result<link> find_link(netlink&, const std::string& name);

/// Makes a veth pair: `name` in the socket's namespace, without IPv6 addresses
/// of its own accord, `peer_name` in `peer_ns`. `mtu` 0: the usual one.
result<void> make_veth(netlink&, const std::string& name,
                       const std::string& peer_name, const fd& peer_ns,
                       uint32_t mtu = 0);

/// Removes a link; a veth takes its other half along. None there: no error.
result<void> remove_link(netlink&, const std::string& name);

/// Takes it up. Up already: no change.
result<void> set_link_up(netlink&, const std::string& name);

/// Gives it an IPv4 address (host byte order). There already: no change.
result<void> add_address(netlink&, const link&, uint32_t address,
                         uint8_t prefix);

/// IPv4's default route (gateway in host byte order), instead of any other.
result<void> set_default_route(netlink&, uint32_t gateway);

/// A new network namespace, which nobody is in.
result<fd> make_network_namespace();

/// What joins a container to the host.
struct veth_spec {
  std::string host_link; ///< at most 15 bytes
  uint32_t gateway = 0;  ///< of `host_link`; host byte order
  uint32_t address = 0;  ///< of `eth0` there; host byte order
  uint8_t prefix = 30;
  uint32_t mtu = 0; ///< 0: the usual one
};

/// A pair between here and `netns`, with addresses, default route and `lo`.
/// Done already: no change. A link called `host_link` that leads elsewhere is
/// what a crash left of an earlier namespace, and is replaced.
result<void> connect_veth(const veth_spec&, const fd& netns);

/// The same from the network namespace of `here`.
result<void> connect_veth(netlink& here, const veth_spec&, const fd& netns);

/// Whether links of these names are the two halves of one pair.
bool is_veth_pair(netlink& here, const std::string& name, netlink& there,
                  const std::string& peer_name);

/// Whether IPv4 has a default route.
result<bool> has_default_route(netlink&);

} // namespace berth::sys
