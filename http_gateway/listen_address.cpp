#include "http_gateway/listen_address.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace berth::http {

result<listen_address> parse_listen_address(const std::string& text) {
  auto refused = make_error(ec::invalid_argument,
                            "'" + text + "' is no address with a port");
  auto colon = text.rfind(':');
  if (colon == std::string::npos)
    return refused;
  auto port = uint16_t{};
  const auto* end = text.data() + text.size();
  auto read = std::from_chars(text.data() + colon + 1, end, port);
  if (read.ec != std::errc{} || read.ptr != end)
    return refused;
  auto host = text.substr(0, colon);
  if (host == "localhost")
    host = "127.0.0.1";
  auto v4 = sockaddr_in{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1)
    return listen_address{v4};
  if (host.size() < 2 || host.front() != '[' || host.back() != ']')
    return refused;
  auto v6 = sockaddr_in6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  host = host.substr(1, host.size() - 2);
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1)
    return listen_address{v6};
  return refused;
}

} // namespace berth::http
