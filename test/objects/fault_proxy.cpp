#include "test/objects/fault_proxy.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace berth::test {

namespace {

constexpr auto end_of_head = std::string_view{"\r\n\r\n"};
constexpr char tls_handshake = 0x16;

sockaddr_in loopback(int port) {
  auto address = sockaddr_in{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(const sys::fd& to, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

/// The next close(2) of it is a reset.
void make_abrupt(const sys::fd& socket) {
  auto now = linger{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/// One direction: head and body as they come, damaged as told.
class pipe_end {
public:
  enum class damage { none, cut, flip };

  pipe_end(const sys::fd& to, damage how, size_t at)
    : to_(to), how_(how), at_(at) {}

  /// False at the place of the cut, or if nobody takes it.
  bool pass(std::string bytes) {
    if (!is_body_) {
      head_ += bytes;
      auto end = head_.find(end_of_head);
      if (end == head_.npos)
        return true;
      is_body_ = true;
      bytes = head_.substr(end + end_of_head.size());
      if (!send_all(to_, head_.substr(0, end + end_of_head.size())))
        return false;
    }
    auto begin = std::exchange(passed_, passed_ + bytes.size());
    if (how_ == damage::flip && at_ >= begin && at_ < passed_)
      bytes[at_ - begin] ^= 1;
    if (how_ != damage::cut || passed_ <= at_)
      return send_all(to_, bytes);
    send_all(to_, bytes.substr(0, at_ - begin));
    return false;
  }

private:
  const sys::fd& to_;
  damage how_;
  size_t at_;
  std::string head_;
  bool is_body_ = false;
  size_t passed_ = 0;
};

} // namespace

fault reply(const std::string& status, const std::string& body,
            const std::string& headers) {
  return {fault::kind::answer, 0,
          "HTTP/1.1 " + status
            + "\r\nContent-Length: " + std::to_string(body.size())
            + "\r\nConnection: close\r\n" + headers + "\r\n" + body};
}

fault_proxy::fault_proxy(int server_port)
  : server_port_(server_port),
    listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
    over_(::eventfd(0, EFD_CLOEXEC)) {
  auto address = loopback(0);
  auto size = socklen_t{sizeof(address)};
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  BOOST_REQUIRE(::bind(listener_.get(), raw, size) == 0);
  BOOST_REQUIRE(::listen(listener_.get(), 64) == 0);
  BOOST_REQUIRE(::getsockname(listener_.get(), raw, &size) == 0);
  port_ = ntohs(address.sin_port);
  accepting_ = std::jthread{[this] { accept_all(); }};
}

fault_proxy::~fault_proxy() {
  ::eventfd_write(over_.get(), 1);
  accepting_.join();
}

void fault_proxy::set(rule fresh) {
  auto lock = std::lock_guard{mutex_};
  rule_ = std::move(fresh);
}

fault fault_proxy::judge(const std::string& head) {
  auto lock = std::lock_guard{mutex_};
  return rule_ ? rule_(head) : fault{};
}

/// Waits for `event`; whether the proxy ends instead.
bool fault_proxy::is_over(int event) const {
  auto events
    = std::array{pollfd{event, POLLIN, 0}, pollfd{over_.get(), POLLIN, 0}};
  ::poll(events.data(), events.size(), -1);
  return events[1].revents != 0;
}

void fault_proxy::accept_all() {
  while (!is_over(listener_.get())) {
    auto client = std::make_shared<sys::fd>(
      ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    serving_.emplace_back([this, client] { serve(*client); });
  }
}

void fault_proxy::serve(const sys::fd& client) {
  using kind = fault::kind;
  auto chunk = std::array<char, 16 * 1024>{};
  auto head = std::string{};
  while (head.find(end_of_head) == head.npos) {
    if (is_over(client.get()))
      return;
    auto n = ::recv(client.get(), chunk.data(), chunk.size(), 0);
    if (n <= 0)
      return;
    head.append(chunk.data(), static_cast<size_t>(n));
    if (head.front() == tls_handshake)
      return; // it speaks no TLS, and says so
  }
  ++requests_;
  auto rest = head.substr(head.find(end_of_head) + end_of_head.size());
  head.resize(head.size() - rest.size());
  auto what = judge(head);
  if (what.what == kind::refuse)
    return make_abrupt(client);
  if (what.what == kind::answer) {
    send_all(client, what.text);
    ::shutdown(client.get(), SHUT_WR);
    // Takes the body, so that the answer is not lost to a reset.
    while (!is_over(client.get())
           && ::recv(client.get(), chunk.data(), chunk.size(), 0) > 0) {
    }
    return;
  }
  auto server = sys::fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  auto address = loopback(server_port_);
  if (::connect(server.get(), reinterpret_cast<sockaddr*>(&address),
                sizeof(address))
      != 0)
    return;
  using damage = pipe_end::damage;
  auto is_request
    = what.what == kind::cut_request || what.what == kind::flip_request;
  auto how = what.what == kind::flip_request || what.what == kind::flip_answer
               ? damage::flip
             : what.what == kind::none || what.what == kind::silence
                 || what.what == kind::lose_answer
               ? damage::none
               : damage::cut;
  auto out = pipe_end{server, is_request ? how : damage::none, what.at};
  auto back = pipe_end{client, is_request ? damage::none : how, what.at};
  head.insert(head.size() - 2, "Connection: close\r\n");
  if (!out.pass(head + rest))
    return make_abrupt(client);
  for (;;) {
    auto events = std::array{pollfd{client.get(), POLLIN, 0},
                             pollfd{server.get(), POLLIN, 0},
                             pollfd{over_.get(), POLLIN, 0}};
    ::poll(events.data(), events.size(), -1);
    if (events[2].revents != 0)
      return;
    auto from_client = events[0].revents != 0;
    auto n = ::recv(from_client ? client.get() : server.get(), chunk.data(),
                    chunk.size(), 0);
    if (n <= 0)
      return;
    auto bytes = std::string{chunk.data(), static_cast<size_t>(n)};
    if (from_client && !out.pass(std::move(bytes)))
      return make_abrupt(client);
    if (from_client || what.what == kind::silence)
      continue;
    if (what.what == kind::lose_answer)
      return make_abrupt(client);
    if (!back.pass(std::move(bytes)))
      return what.what == kind::reset_answer ? make_abrupt(client) : void();
  }
}

} // namespace berth::test
