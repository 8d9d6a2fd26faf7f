#include "app/berthd/config_values.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

namespace berth {

namespace {

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  auto end = text.data() + text.size();
  auto [stop, err] = std::from_chars(text.data(), end, value);
  if (err != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z');
}

// Letters, digits and dashes between dots; a dash at no end.
bool is_host_name(std::string_view text) {
  for (;;) {
    auto dot = text.find('.');
    auto label = text.substr(0, dot);
    if (label.empty() || label.size() > 63 || !is_alnum(label.front())
        || !is_alnum(label.back())
        || !std::all_of(label.begin(), label.end(),
                        [](char c) { return is_alnum(c) || c == '-'; }))
      return false;
    if (dot == text.npos)
      return true;
    text.remove_prefix(dot + 1);
  }
}

std::optional<uint32_t> parse_ipv4(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1)
    return std::nullopt;
  return ntohl(address.s_addr);
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

} // namespace

std::optional<host_port> parse_host_port(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == text.npos)
    return std::nullopt;
  auto port = number<uint16_t>(text.substr(colon + 1));
  auto host = std::string{text.substr(0, colon)};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host))
      return std::nullopt;
  } else if (!is_host_name(host)) {
    return std::nullopt;
  }
  if (!port)
    return std::nullopt;
  return host_port{std::move(host), *port};
}

bool is_loopback(const std::string& host) {
  if (auto address = parse_ipv4(host))
    return *address >> 24 == 127;
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) == 1)
    return IN6_IS_ADDR_LOOPBACK(&address);
  return host == "localhost";
}

std::optional<ipv4_network> parse_ipv4_network(std::string_view text) {
  auto slash = text.find('/');
  if (slash == text.npos)
    return std::nullopt;
  auto base = parse_ipv4(std::string{text.substr(0, slash)});
  auto bits = number<uint8_t>(text.substr(slash + 1));
  if (!base || !bits || *bits > 32)
    return std::nullopt;
  auto behind = static_cast<uint32_t>((uint64_t{1} << (32 - *bits)) - 1);
  if ((*base & behind) != 0)
    return std::nullopt;
  return ipv4_network{*base, *bits};
}

bool is_network(std::string_view text) {
  auto slash = text.find('/');
  auto address = std::string{text.substr(0, slash)};
  if (slash == text.npos)
    return is_ip_address(address);
  if (parse_ipv4(address))
    return parse_ipv4_network(text).has_value();
  auto bits = number<uint8_t>(text.substr(slash + 1));
  return is_ipv6(address) && bits && *bits <= 128;
}

bool is_ip_address(const std::string& text) {
  return parse_ipv4(text) || is_ipv6(text);
}

bool is_http_url(std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme))
      continue;
    auto rest = text.substr(scheme.size());
    auto host = rest.substr(0, rest.find_first_of("/?#"));
    auto printable = [](char c) { return c > ' ' && c < 0x7f; };
    return std::all_of(text.begin(), text.end(), printable)
           && (is_host_name(host) || parse_host_port(host));
  }
  return false;
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && is_alnum(text.front())
         && is_alnum(text.back())
         && std::all_of(text.begin(), text.end(), [](char c) {
              return is_alnum(c) || c == '-' || c == '_' || c == '.';
            });
}

} // namespace berth
