#pragma once

#include "model/settings.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// The IPv4 `nameserver` entries of a resolv.conf(5) that a workspace can
/// reach, in host byte order: loopback is the host's own and left out.
std::vector<uint32_t> resolvers_in(std::string_view resolv_conf);

/// All name servers of this host, as its resolv.conf names them.
std::vector<std::string> host_resolvers();

/// The name servers of workspaces: the configured ones, else the host's. A
/// host with nothing but a loopback resolver is asked for the servers behind
/// it (systemd-resolved).
std::vector<uint32_t> find_resolvers(const settings&);

/// A workspace's /etc/hosts; `address` in host byte order.
std::string hosts_file(uint32_t address, const std::string& hostname);

/// A workspace's /etc/resolv.conf.
std::string resolv_conf(const std::vector<uint32_t>& resolvers);

} // namespace berth
