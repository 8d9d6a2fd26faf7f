#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The network between a workspace's container and the network namespace that
/// it makes inside. Addresses in host byte order.
namespace berth {

struct inner_subnet {
  uint32_t gateway = 0; ///< of `veth0` in the container's namespace
  uint32_t address = 0; ///< of `eth0` in the inner one
  uint8_t bits = 30;
};

/// Reads "10.0.5.0/30": the first two usable addresses of the network that
/// holds the address. `invalid_argument` for one without two, or no network.
result<inner_subnet> parse_inner_subnet(std::string_view text);

/// One transaction for nft(8), within the container's namespace: what comes to
/// its `eth0` over TCP goes on to the inner one, what that sends goes out under
/// the container's address, but not under a false one, and no IPv6.
std::string inner_rules(const inner_subnet&);

/// One transaction that takes them away, whether or not they are there: adding
/// what is there changes nothing; deleting what is not would be an error.
inline constexpr std::string_view without_inner_rules
  = "add table inet berth\ndelete table inet berth\n";

} // namespace berth
