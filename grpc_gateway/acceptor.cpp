#include "grpc_gateway/acceptor.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace berth::gateway {

namespace {

constexpr auto waiting_connections = 1024;

using addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

addresses resolve(const std::string& address) {
  auto colon = address.rfind(':');
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  auto hints = addrinfo{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  auto port = address.substr(colon + 1);
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0)
    found = nullptr;
  return {found, ::freeaddrinfo};
}

void set_port(sockaddr* at, int port) {
  auto number = htons(static_cast<uint16_t>(port));
  if (at->sa_family == AF_INET6)
    reinterpret_cast<sockaddr_in6*>(at)->sin6_port = number;
  else
    reinterpret_cast<sockaddr_in*>(at)->sin_port = number;
}

int port_of(int socket) {
  auto at = sockaddr_in6{}; // the port stands at the same place in both
  auto size = socklen_t{sizeof(at)};
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size);
  return ntohs(at.sin6_port);
}

void set_option(int socket, int level, int name, int value) {
  ::setsockopt(socket, level, name, &value, sizeof(value));
}

result<sys::fd> listen_at(const addrinfo& info, const std::string& address) {
  auto made = sys::fd{
    ::socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!made)
    return errno_error(errno, "socket", address);
  set_option(made.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  // What is accepted inherits it.
  set_option(made.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (info.ai_family == AF_INET6)
    set_option(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(made.get(), info.ai_addr, info.ai_addrlen) < 0
      || ::listen(made.get(), waiting_connections) < 0)
    return errno_error(errno, "listen", address);
  return made;
}

/// "localhost" has an address of IPv6 even where the machine has none.
bool is_not_here(const caf::error& why) {
  return is_errno(why, EADDRNOTAVAIL) || is_errno(why, EAFNOSUPPORT);
}

} // namespace

void acceptor::add(sys::fd listening, server_side to) {
  doors_.push_back({std::move(listening), std::move(to)});
}

result<void> acceptor::start() {
  over_ = new_event();
  if (!over_)
    return errno_error(errno, "eventfd", "acceptor");
  if (auto begun = taker_.begin(); !begun)
    return begun;
  thread_ = std::thread{[this] { run(); }};
  return {};
}

void acceptor::stop() {
  if (thread_.joinable()) {
    ::eventfd_write(over_.get(), 1);
    thread_.join();
  }
  doors_.clear();
}

void acceptor::run() {
  auto waiting = std::vector<pollfd>{{over_.get(), POLLIN, 0}};
  for (const auto& door : doors_)
    waiting.push_back({door.listening.get(), POLLIN, 0});
  for (;;) {
    ::poll(waiting.data(), waiting.size(), -1);
    if (waiting.front().revents != 0)
      return;
    for (size_t i = 0; i < doors_.size(); ++i)
      if (waiting[i + 1].revents != 0)
        accept_at(doors_[i]);
  }
}

void acceptor::accept_at(const door& at) {
  auto came = taker_.take(at.listening.get(), over_.get());
  if (!came)
    return;
  auto hand_over
    = grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters{};
  hand_over.listener_fd = at.listening.get();
  hand_over.fd = came.release();
  at.to->HandleNewConnection(&hand_over);
}

result<tcp_listeners> listen_tcp(const std::string& address) {
  auto found = resolve(address);
  auto made = tcp_listeners{};
  for (auto* info = found.get(); info != nullptr; info = info->ai_next) {
    if (made.port != 0)
      set_port(info->ai_addr, made.port);
    auto socket = listen_at(*info, address);
    if (!socket && is_not_here(socket.error()))
      continue;
    if (!socket)
      return make_error(ec::unavailable, describe(socket.error()));
    made.port = port_of(socket->get());
    made.sockets.push_back(std::move(*socket));
  }
  if (made.sockets.empty())
    return make_error(ec::unavailable, "listen on " + address);
  return made;
}

result<sys::fd> listen_unix(const std::string& path) {
  auto made
    = sys::fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  auto at = sockaddr_un{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof(at.sun_path))
    return make_error(ec::invalid_argument, path + " is too long for a socket");
  path.copy(at.sun_path, path.size());
  // unix(7): the mode of an unbound socket becomes that of its path.
  if (!made || ::fchmod(made.get(), 0600) < 0
      || ::bind(made.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at)) < 0
      || ::listen(made.get(), waiting_connections) < 0)
    return errno_error(errno, "listen", path);
  return made;
}

} // namespace berth::gateway
