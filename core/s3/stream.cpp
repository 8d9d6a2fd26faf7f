#include "core/s3/stream.hpp"

#include "core/log.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace berth::s3 {

using std::chrono::steady_clock;

namespace {

/// Waits until `to` takes bytes; false if its reader is gone, or the signal
/// came.
bool await_room(const sys::fd& to, const stop_signal& stop) {
  auto events
    = std::array{pollfd{to.get(), POLLOUT, 0}, pollfd{stop.fd(), POLLIN, 0}};
  while (::poll(events.data(), events.size(), -1) < 0)
    if (errno != EINTR)
      return false;
  return events[1].revents == 0 && (events[0].revents & POLLHUP) == 0;
}

bool write_all(const sys::fd& to, std::string_view bytes,
               const stop_signal& stop) {
  while (!bytes.empty()) {
    auto n = ::send(to.get(), bytes.data(), bytes.size(),
                    MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
      bytes.remove_prefix(static_cast<size_t>(n));
    else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (!await_room(to, stop))
        return false;
    } else {
      return false;
    }
  }
  return true;
}

bool is_read_by_nobody(const sys::fd& to) {
  auto event = pollfd{to.get(), 0, 0};
  return ::poll(&event, 1, 0) > 0 && (event.revents & POLLHUP) != 0;
}

} // namespace

object_streams::~object_streams() = default;

result<sys::fd> object_streams::open(const std::string& key,
                                     const object_head& there) {
  auto ends = std::array<int, 2>{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0)
    return errno_error(errno, "socketpair", key);
  auto reader = sys::fd{ends[0]};
  auto writer = std::make_shared<sys::fd>(ends[1]);
  if (::send(reader.get(), "!", 1, MSG_NOSIGNAL) != 1
      || ::shutdown(reader.get(), SHUT_WR) < 0)
    return errno_error(errno, "send", key);
  auto lock = std::lock_guard{mutex_};
  running_.remove_if([](const running& each) { return each.is_over.load(); });
  auto& fresh = running_.emplace_back();
  fresh.thread = std::jthread{[this, &fresh, key, there, writer]() mutable {
    feed(key, there, *writer);
    writer.reset();
    fresh.is_over = true;
  }};
  return reader;
}

void object_streams::feed(const std::string& key, const object_head& there,
                          const sys::fd& to) {
  auto& via = bucket_.via();
  auto sent = uint64_t{0};
  auto until = steady_clock::now() + via.told().limits.reading;
  auto what = request{"GET", key};
  what.headers["if-match"] = there.etag;
  what.sink_status = 206;
  what.sink = [&](std::string_view bytes) {
    if (bytes.size() > there.bytes - sent || !write_all(to, bytes, via.stop()))
      return false;
    sent += bytes.size();
    return true;
  };
  for (auto n = 0U; sent < there.bytes; ++n) {
    auto before = sent;
    what.headers["range"] = "bytes=" + std::to_string(sent) + "-";
    auto answer = via.attempt(what);
    if (sent > before) { // it moves: patience begins anew
      n = 0;
      until = steady_clock::now() + via.told().limits.reading;
    }
    if (sent == there.bytes)
      break;
    auto why
      = answer ? make_error(ec::unavailable, "ends too early") : answer.error();
    if (is_read_by_nobody(to) || via.stop().is_set())
      return;
    if (!is_passing(why) || !via.pause(n, until))
      return log_warning("object-not-read", key, describe(why));
  }
  auto seal = '\0';
  if (::recv(to.get(), &seal, 1, MSG_DONTWAIT) != 1)
    log_warning("object-not-sealed", key, "its reader will see a reset");
}

} // namespace berth::s3
