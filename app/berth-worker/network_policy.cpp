#include "app/berth-worker/network_policy.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <array>
#include <memory>

namespace berth::worker {

namespace {

using addresses_ptr = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string text_of(const addrinfo& info) {
  auto text = std::array<char, NI_MAXHOST>{};
  if (::getnameinfo(info.ai_addr, info.ai_addrlen, text.data(), text.size(),
                    nullptr, 0, NI_NUMERICHOST)
      != 0)
    return {};
  return text.data();
}

} // namespace

result<network_policy>
network_policy::make(const std::vector<std::string>& denied) {
  auto policy = network_policy{};
  for (const auto& text : denied) {
    auto network = parse_network(text);
    if (!network)
      return network.error();
    policy.denied_.push_back(*network);
  }
  return policy;
}

result<std::vector<std::string>>
network_policy::addresses(const std::string& host) const {
  auto out = std::vector<std::string>{};
  if (denied_.empty())
    return out;
  auto hints = addrinfo{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (auto rc = ::getaddrinfo(host.c_str(), nullptr, &hints, &raw); rc != 0)
    return make_error(ec::unavailable,
                      "cannot resolve " + host + ": " + gai_strerror(rc));
  auto found = addresses_ptr{raw, freeaddrinfo};
  for (auto* info = raw; info != nullptr; info = info->ai_next) {
    auto text = text_of(*info);
    auto address = parse_address(text);
    if (!address || any_contains(denied_, *address))
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
  auto bracketed = [](const std::string& text) {
    return text.find(':') == text.npos ? text : "[" + text + "]";
  };
  auto out = bracketed(host) + ":" + std::to_string(port) + ":";
  for (size_t i = 0; i < addresses.size(); ++i)
    out += (i == 0 ? "" : ",") + bracketed(addresses[i]);
  return out;
}

} // namespace berth::worker
