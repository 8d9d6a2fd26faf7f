#pragma once

#include "model/error.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace berth {

/// An IP address of either family; IPv4 stands as ::ffff:a.b.c.d.
using ip_address = std::array<uint8_t, 16>;

/// A block of addresses, as "10.0.0.0/8" or "fc00::/7".
struct ip_network {
  ip_address base{};
  uint8_t bits = 0; ///< of the 128
};

result<ip_address> parse_address(std::string_view text);

/// A bare address is a network of one.
result<ip_network> parse_network(std::string_view text);

bool contains(const ip_network&, const ip_address&);

/// Whether one of `networks` holds the address, or the IPv4 address that NAT64
/// (64:ff9b::/96) or 6to4 (2002::/16) would make of it.
bool any_contains(std::span<const ip_network> networks, const ip_address&);

/// 127.0.0.0/8 and ::1.
bool is_loopback(const ip_address&);

/// Whether the address is one of the internet's: no private one, none of this
/// machine or its links, none that is set apart for anything else (the special
/// purpose registries of IANA, RFC 6890), and no way around to one of these.
bool is_of_internet(const ip_address&);

} // namespace berth
