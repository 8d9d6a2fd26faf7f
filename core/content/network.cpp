#include "core/content/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <vector>

namespace berth {

namespace {

constexpr ip_address v4_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr ip_address nat64{0, 0x64, 0xff, 0x9b};
constexpr ip_address six_to_four{0x20, 0x02};

// clang-format off
constexpr std::array of_other_purposes{
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
  "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
  "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
  "224.0.0.0/4", "240.0.0.0/4",
  "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "fc00::/7",
  "fe80::/10", "fec0::/10", "ff00::/8"};
// clang-format on

ip_address mapped(const uint8_t* four) {
  auto out = v4_mapped;
  std::copy_n(four, 4, out.begin() + 12);
  return out;
}

std::optional<ip_address> embedded_v4(const ip_address& address) {
  if (contains({nat64, 96}, address))
    return mapped(address.data() + 12);
  if (contains({six_to_four, 16}, address))
    return mapped(address.data() + 2);
  return std::nullopt;
}

} // namespace

result<ip_address> parse_address(std::string_view text) {
  auto name = std::string{text};
  auto four = in_addr{};
  auto six = in6_addr{};
  auto is_one_word = name.find('\0') == name.npos; // inet_pton reads no further
  if (is_one_word && inet_pton(AF_INET, name.c_str(), &four) == 1)
    return mapped(reinterpret_cast<const uint8_t*>(&four));
  if (!is_one_word || inet_pton(AF_INET6, name.c_str(), &six) != 1)
    return make_error(ec::invalid_argument, "not an IP address: " + name);
  auto out = ip_address{};
  std::memcpy(out.data(), &six, out.size());
  return out;
}

result<ip_network> parse_network(std::string_view text) {
  auto slash = text.find('/');
  auto address = text.substr(0, slash);
  auto base = parse_address(address);
  if (!base)
    return base.error();
  auto size = address.find(':') == address.npos ? 32u : 128u;
  auto bits = size;
  if (slash != text.npos) {
    auto digits = text.substr(slash + 1);
    auto last = digits.data() + digits.size();
    auto [end, err] = std::from_chars(digits.data(), last, bits);
    if (err != std::errc{} || end != last || bits > size)
      return make_error(ec::invalid_argument,
                        "not a network: " + std::string{text});
  }
  return ip_network{*base, static_cast<uint8_t>(bits + 128 - size)};
}

bool contains(const ip_network& network, const ip_address& address) {
  auto whole = network.bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole,
                  network.base.begin()))
    return false;
  auto rest = network.bits % 8;
  if (rest == 0)
    return true;
  auto mask = static_cast<uint8_t>(0xff << (8 - rest));
  return (address[whole] & mask) == (network.base[whole] & mask);
}

bool any_contains(std::span<const ip_network> networks,
                  const ip_address& address) {
  auto inner = embedded_v4(address);
  return std::any_of(networks.begin(), networks.end(), [&](const auto& net) {
    return contains(net, address) || (inner && contains(net, *inner));
  });
}

bool is_loopback(const ip_address& address) {
  static const auto here
    = std::array{*parse_network("127.0.0.0/8"), *parse_network("::1")};
  return any_contains(here, address);
}

bool is_of_internet(const ip_address& address) {
  static const auto others = [] {
    auto out = std::vector<ip_network>{};
    for (auto* text : of_other_purposes)
      out.push_back(*parse_network(text));
    return out;
  }();
  return !any_contains(others, address);
}

} // namespace berth
