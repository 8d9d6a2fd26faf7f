#include "actors/process/console_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace berth {

namespace {

result<sys::fd> listen_on(const std::string& path) {
  auto address = sockaddr_un{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path))
    return make_error(ec::invalid_argument,
                      "console socket path " + path + " is too long or empty");
  path.copy(address.sun_path, path.size());
  auto made
    = sys::fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!made)
    return errno_error(errno, "socket", path);
  ::unlink(path.c_str());
  // unix(7): the mode of an unbound socket becomes that of its path.
  if (::fchmod(made.get(), 0600) < 0)
    return errno_error(errno, "fchmod", path);
  if (::bind(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address))
      < 0)
    return errno_error(errno, "bind", path);
  if (::listen(made.get(), 1) < 0)
    return errno_error(errno, "listen", path);
  return made;
}

/// The one descriptor that comes with the peer's message. EAGAIN while nothing
/// came.
result<sys::fd> receive_descriptor(int peer, const std::string& path) {
  auto text = std::array<char, 4096>{}; // the pty's name; of no use here
  auto part = iovec{text.data(), text.size()};
  alignas(cmsghdr) auto control = std::array<char, CMSG_SPACE(sizeof(int))>{};
  auto message = msghdr{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(peer, &message, MSG_CMSG_CLOEXEC) < 0)
    return errno_error(errno, "recvmsg", path);
  auto* header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_level != SOL_SOCKET
      || header->cmsg_type != SCM_RIGHTS
      || header->cmsg_len < CMSG_LEN(sizeof(int)))
    return make_error(ec::internal, "no terminal came over " + path);
  auto raw = -1;
  std::memcpy(&raw, CMSG_DATA(header), sizeof(raw));
  return sys::fd{raw};
}

} // namespace

result<std::unique_ptr<console_socket>>
console_socket::listen(uv_loop_t* loop, std::string path, callback on_master) {
  auto listening = listen_on(path);
  if (!listening)
    return listening.error();
  auto made = std::unique_ptr<console_socket>{
    new console_socket{loop, std::move(path), std::move(on_master)}};
  auto* self = made.get();
  auto watch = fd_watch::open(loop, std::move(*listening),
                              [self](int) { self->on_ready(); });
  if (!watch)
    return watch.error();
  made->listener_ = std::move(*watch);
  made->listener_.want(UV_READABLE);
  return made;
}

console_socket::~console_socket() {
  ::unlink(path_.c_str());
}

result<sys::fd> console_socket::take() {
  if (!peer_) {
    auto raw = ::accept4(listener_.get(), nullptr, nullptr,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (raw < 0)
      return errno_error(errno, "accept4", path_);
    auto watch
      = fd_watch::open(loop_, sys::fd{raw}, [this](int) { on_ready(); });
    if (!watch)
      return watch.error();
    peer_ = std::move(*watch);
    peer_.want(UV_READABLE);
    listener_.want(0);
  }
  return receive_descriptor(peer_.get(), path_);
}

void console_socket::on_ready() {
  auto master = take();
  if (!master && is_errno(master.error(), EAGAIN))
    return;
  auto on_master = std::move(on_master_);
  on_master(std::move(master)); // we may be gone after this
}

} // namespace berth
