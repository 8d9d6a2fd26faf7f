#pragma once

#include "grpc_gateway/doors/connection_taker.hpp"
#include "model/error.hpp"
#include "sys/fd.hpp"

#include <grpcpp/server_builder.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace berth::gateway {

/// Accepts connections and hands them to a gRPC server.
///
/// The server's own listeners never accept again once they ran out of
/// descriptors (CVE-2023-4785, in every gRPC before 1.53.2), and take as many
/// connections as come. TLS is the server's matter: it gets what was accepted
/// before the first byte was read.
class acceptor {
public:
  using server_side
    = std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>;

  acceptor() = default;
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  ~acceptor() { stop(); }

  /// Takes a listening socket. Not after `start`.
  void add(sys::fd listening, server_side to);

  /// Once the server runs.
  result<void> start();

  /// Closes the listening sockets. Again: no effect.
  void stop();

private:
  struct door {
    sys::fd listening;
    server_side to;
  };

  void run();
  void accept_at(const door&);

  std::vector<door> doors_;
  sys::fd over_; ///< an eventfd
  connection_taker taker_;
  std::thread thread_;
};

/// Listens on "host:port", every address of it; port 0 is any free one. The
/// sockets and the port. `unavailable` if it is taken.
struct tcp_listeners {
  std::vector<sys::fd> sockets;
  int port = 0;
};
result<tcp_listeners> listen_tcp(const std::string& address);

/// Listens on a unix socket, which must not be there. It is made with mode
/// 0600, whatever the umask.
result<sys::fd> listen_unix(const std::string& path);

} // namespace berth::gateway
