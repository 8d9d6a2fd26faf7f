#pragma once

#include "model/error.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

namespace berth::http {

/// Where a socket listens.
class listen_address {
public:
  explicit listen_address(const sockaddr_in& v4) { address_.v4 = v4; }
  explicit listen_address(const sockaddr_in6& v6) { address_.v6 = v6; }

  int family() const { return address_.any.sa_family; }
  const sockaddr* get() const { return &address_.any; }

private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address_{};
};

/// Reads "127.0.0.1:80", "[::1]:80" or "localhost:80". `invalid_argument` for
/// anything else: names are not looked up.
result<listen_address> parse_listen_address(const std::string& text);

} // namespace berth::http
