#include "grpc_gateway/doors/connection_taker.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace berth::gateway {

namespace {

/// When even the reserve does not help: until somebody closes something.
constexpr auto breath_ms = 10;

int highest_descriptor() {
  auto limit = rlimit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20) / 4 * 3);
}

bool is_out_of_descriptors(int err) {
  return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

} // namespace

sys::fd new_event() {
  return sys::fd{::eventfd(0, EFD_CLOEXEC)};
}

result<void> connection_taker::begin() {
  highest_ = highest_descriptor();
  reserve_ = new_event();
  if (!reserve_)
    return errno_error(errno, "eventfd", "reserve");
  return {};
}

sys::fd connection_taker::take(int listening, int over) {
  auto came = sys::fd{
    ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!came && is_out_of_descriptors(errno)) {
    turn_one_away(listening, over);
    return {};
  }
  // The kernel gives the lowest free number: a high one says that so many are
  // taken.
  return came.get() > highest_ ? sys::fd{} : std::move(came);
}

void connection_taker::turn_one_away(int listening, int over) {
  reserve_ = sys::fd{};
  auto came = sys::fd{::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC)};
  auto was_somebody = static_cast<bool>(came);
  came = sys::fd{};
  reserve_ = new_event();
  if (was_somebody && reserve_)
    return;
  auto wait = pollfd{over, POLLIN, 0};
  ::poll(&wait, 1, breath_ms);
}

} // namespace berth::gateway
