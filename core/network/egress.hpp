#pragma once

#include "model/settings.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// One address, of either family, as text.
struct endpoint {
  std::string address;
  uint16_t port = 0;
};

/// Where programs in sandboxes may connect to. The host's packet filter holds
/// them to it: a name that resolves differently the second time, a redirect or
/// another server that a server names lead nowhere else.
struct egress_plan {
  uint32_t first_uid = 0;
  uint32_t uids = 0;
  std::vector<std::string> denied;    ///< networks, "10.0.0.0/8" or "fc00::/7"
  std::vector<std::string> resolvers; ///< name servers, reachable at port 53
  std::vector<endpoint> exceptions;
  std::vector<uint16_t> own_ports; ///< of ours on this machine: for nobody here
};

/// The ids of the pool, `content.denied_networks`, this host's name servers,
/// and of `images.registries` those that are given by address or are
/// `localhost`: who configures such a registry wants it reached.
egress_plan make_egress_plan(const settings&);

/// The address that "host:port" or "host" means without a name server.
std::vector<endpoint> literal_endpoints(std::string_view host,
                                        uint16_t default_port);

} // namespace berth
