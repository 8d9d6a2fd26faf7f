#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

struct host_port {
  std::string host; ///< without the brackets of an IPv6 address
  uint16_t port = 0;
};

struct ipv4_network {
  uint32_t base = 0; ///< host byte order
  uint8_t bits = 0;
};

/// "127.0.0.1:7400", "[::1]:0", "localhost:80".
std::optional<host_port> parse_host_port(std::string_view text);

/// Whether nobody but this machine reaches `host`. Of names only "localhost"
/// is taken to be so.
bool is_loopback(const std::string& host);

/// A network such as "10.20.0.0/16", without bits behind its prefix.
std::optional<ipv4_network> parse_ipv4_network(std::string_view text);

/// Whether `text` is a network or a single address of IPv4 or IPv6.
bool is_network(std::string_view text);

bool is_ip_address(const std::string& text);

/// Whether `text` is an absolute http or https URL with a host name that can
/// be one.
bool is_http_url(std::string_view text);

/// Whether `text` can be the value of a Kubernetes label: at most 63 of
/// alphanumerics and "-_.", with an alphanumeric at both ends.
bool is_label(std::string_view text);

} // namespace berth
