#include "sys/peer.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

// Newer than the headers we are built with.
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace berth::sys {

namespace {

template <class T>
result<T> socket_option(int socket, int option, const char* what) {
  auto value = T{};
  auto size = socklen_t{sizeof(value)};
  if (::getsockopt(socket, SOL_SOCKET, option, &value, &size) < 0)
    return errno_error(errno, "getsockopt", what);
  return value;
}

} // namespace

result<pinned_process> pin_peer(int socket) {
  auto raw = socket_option<int>(socket, SO_PEERPIDFD, "SO_PEERPIDFD");
  if (!raw)
    return raw.error();
  auto process = fd{*raw};
  auto who = socket_option<ucred>(socket, SO_PEERCRED, "SO_PEERCRED");
  if (!who)
    return who.error();
  auto pinned = pin_process(who->pid);
  // It lives: hence the number was still its own.
  if (::syscall(SYS_pidfd_send_signal, process.get(), 0, nullptr, 0) < 0)
    return errno_error(errno, "pidfd_send_signal", std::to_string(who->pid));
  return pinned;
}

} // namespace berth::sys
