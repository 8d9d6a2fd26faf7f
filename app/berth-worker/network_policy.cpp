#include "app/berth-worker/network_policy.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>

#include <array>
#include <cerrno>
#include <memory>

namespace berth::worker {

namespace {

using addresses_ptr = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;
using interfaces_ptr = std::unique_ptr<ifaddrs, decltype(&freeifaddrs)>;

/// Without the zone that a link-local address may have.
std::string text_of(const sockaddr* address, socklen_t size) {
  auto text = std::array<char, NI_MAXHOST>{};
  if (::getnameinfo(address, size, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST)
      != 0)
    return {};
  auto out = std::string{text.data()};
  return out.substr(0, out.find('%'));
}

result<std::vector<ip_network>> parse(const std::vector<std::string>& texts) {
  auto out = std::vector<ip_network>{};
  for (const auto& text : texts) {
    auto network = parse_network(text);
    if (!network)
      return network.error();
    out.push_back(*network);
  }
  return out;
}

result<std::vector<ip_network>> own_addresses() {
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) < 0)
    return errno_error(errno, "getifaddrs", "this machine");
  auto all = interfaces_ptr{raw, freeifaddrs};
  auto texts = std::vector<std::string>{};
  for (auto* each = raw; each != nullptr; each = each->ifa_next)
    if (each->ifa_addr != nullptr && each->ifa_addr->sa_family == AF_INET)
      texts.push_back(text_of(each->ifa_addr, sizeof(sockaddr_in)));
    else if (each->ifa_addr != nullptr && each->ifa_addr->sa_family == AF_INET6)
      texts.push_back(text_of(each->ifa_addr, sizeof(sockaddr_in6)));
  std::erase(texts, std::string{});
  return parse(texts);
}

} // namespace

result<network_policy>
network_policy::make(const std::vector<std::string>& denied) {
  auto networks = parse(denied);
  if (!networks)
    return networks.error();
  auto policy = network_policy{};
  policy.denied_ = std::move(*networks);
  return policy;
}

result<network_policy>
network_policy::only_internet(const std::vector<std::string>& allowed) const {
  auto policy = *this;
  policy.is_only_internet_ = true;
  auto networks = parse(allowed);
  if (!networks)
    return networks.error();
  policy.allowed_ = std::move(*networks);
  auto own = own_addresses();
  if (!own)
    return own.error();
  policy.own_ = std::move(*own);
  return policy;
}

bool network_policy::allows(const ip_address& address) const {
  if (any_contains(denied_, address))
    return false;
  return !is_only_internet_ || any_contains(allowed_, address)
         || (is_of_internet(address) && !any_contains(own_, address));
}

result<std::vector<std::string>>
network_policy::addresses(const std::string& host) const {
  auto out = std::vector<std::string>{};
  if (denied_.empty() && !is_only_internet_)
    return out;
  auto hints = addrinfo{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (auto rc = ::getaddrinfo(host.c_str(), nullptr, &hints, &raw); rc != 0)
    return make_error(ec::unavailable,
                      "cannot resolve " + host + ": " + gai_strerror(rc));
  auto found = addresses_ptr{raw, freeaddrinfo};
  for (auto* info = raw; info != nullptr; info = info->ai_next) {
    auto text = text_of(info->ai_addr, info->ai_addrlen);
    auto address = parse_address(text);
    if (!address || !allows(*address))
      return make_error(ec::permission_denied,
                        "connections to " + host + " are not allowed");
    out.push_back(std::move(text));
  }
  if (out.empty())
    return make_error(ec::unavailable, "cannot resolve " + host);
  return out;
}

std::string resolve_entry(const std::string& host, uint16_t port,
                          const std::vector<std::string>& addresses) {
  if (addresses.empty() || parse_address(host))
    return {};
  auto bracketed = [](const std::string& text) {
    return text.find(':') == text.npos ? text : "[" + text + "]";
  };
  auto out = bracketed(host) + ":" + std::to_string(port) + ":";
  for (size_t i = 0; i < addresses.size(); ++i)
    out += (i == 0 ? "" : ",") + bracketed(addresses[i]);
  return out;
}

} // namespace berth::worker
