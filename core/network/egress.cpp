#include "core/network/egress.hpp"

#include "core/content/network.hpp"
#include "core/network/resolvers.hpp"

#include <charconv>

namespace berth {

namespace {

constexpr uint16_t https_port = 443;

/// 0 if there is none, or whichever is free.
uint16_t port_of(std::string_view address) {
  auto digits = address.substr(address.rfind(':') + 1);
  auto port = uint16_t{0};
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return port;
}

} // namespace

std::vector<endpoint> literal_endpoints(std::string_view host,
                                        uint16_t default_port) {
  auto port = default_port;
  auto colon = host.rfind(':');
  auto is_bare_v6
    = host.find(':') != colon && !host.ends_with(']') && !host.starts_with('[');
  if (colon != host.npos && !is_bare_v6 && !host.ends_with(']')) {
    auto digits = host.substr(colon + 1);
    auto last = digits.data() + digits.size();
    auto [end, err] = std::from_chars(digits.data(), last, port);
    if (err != std::errc{} || end != last)
      return {};
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (host == "localhost")
    return {{"127.0.0.1", port}, {"::1", port}};
  if (!parse_address(host))
    return {};
  return {{std::string{host}, port}};
}

egress_plan make_egress_plan(const settings& all) {
  auto plan = egress_plan{};
  plan.first_uid = all.runtime.uid_start;
  plan.uids = all.runtime.uid_size;
  plan.denied = all.content.denied_networks;
  plan.resolvers = host_resolvers();
  for (const auto& address : {all.grpc.address, all.http.address})
    if (auto port = port_of(address))
      plan.own_ports.push_back(port);
  for (const auto& [host, registry] : all.images.registries)
    for (auto& found : literal_endpoints(host, https_port))
      plan.exceptions.push_back(std::move(found));
  return plan;
}

} // namespace berth
