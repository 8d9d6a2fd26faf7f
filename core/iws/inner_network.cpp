#include "core/iws/inner_network.hpp"

#include "core/network/address_pool.hpp"

#include <charconv>

namespace berth {

namespace {

/// With one more bit a network has no two addresses beside its own and that of
/// broadcasts.
constexpr uint8_t most_network_bits = 30;

caf::error no_subnet(std::string_view text) {
  return make_error(ec::invalid_argument, "subnet " + std::string{text}
                                            + ": not a network with two "
                                              "addresses");
}

} // namespace

result<inner_subnet> parse_inner_subnet(std::string_view text) {
  auto slash = text.find('/');
  if (slash == text.npos)
    return no_subnet(text);
  auto address = from_dotted(std::string{text.substr(0, slash)});
  auto digits = text.substr(slash + 1);
  auto bits = uint8_t{0};
  auto [end, err]
    = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (!address || err != std::errc{} || end != digits.data() + digits.size()
      || bits == 0 || bits > most_network_bits)
    return no_subnet(text);
  auto network = *address & ~uint32_t{0} << (32 - bits);
  return inner_subnet{network + 1, network + 2, bits};
}

std::string inner_rules(const inner_subnet& subnet) {
  auto address = to_dotted(subnet.address);
  auto text = std::string{without_inner_rules};
  text += "add table inet berth\n";
  auto chain = [&](std::string_view name, std::string_view hook) {
    text.append("add chain inet berth ").append(name);
    text.append(" { type ").append(hook).append("; policy accept; }\n");
  };
  auto rule = [&](std::string_view chain_name, const std::string& what) {
    text.append("add rule inet berth ").append(chain_name);
    text.append(" ").append(what).append("\n");
  };
  chain("arrive", "filter hook prerouting priority -150");
  chain("prerouting", "nat hook prerouting priority -100");
  chain("postrouting", "nat hook postrouting priority 100");
  rule("arrive", "iifname \"veth0\" meta nfproto ipv6 drop");
  rule("arrive", "iifname \"veth0\" ip saddr != " + address + " drop");
  rule("prerouting", "iifname \"eth0\" meta nfproto ipv4 tcp dport 1-65535 "
                     "dnat ip to "
                       + address);
  rule("postrouting", "oifname \"eth0\" meta nfproto ipv4 masquerade");
  return text;
}

} // namespace berth
