#include "actors/builds/log_tap_worker.hpp"

#include "actors/ask.hpp"
#include "model/error.hpp"
#include "sys/tree_size.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace berth {

namespace {

/// Only an actor that is gone takes longer for a piece.
constexpr auto tap_patience = std::chrono::minutes{1};

using tap_ptr = log_tap_actor::stateful_pointer<log_tap_state>;

caf::result<opened_log_tap> open_tap(tap_ptr self, const open_log_tap& what) {
  auto ends = std::array{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) {
    self->quit();
    return errno_error(errno, "pipe2", "log");
  }
  self->state.reader = sys::fd{ends[0]};
  self->state.to = what.to;
  self->send(self, read_log_tap{});
  return opened_log_tap{std::make_shared<const sys::fd>(ends[1])};
}

void read_tap(tap_ptr self) {
  auto buffer = std::array<char, 65536>{};
  auto n = ::read(self->state.reader.get(), buffer.data(), buffer.size());
  if (n < 0 && errno == EINTR)
    return self->send(self, read_log_tap{});
  if (n <= 0) {
    self->send(self->state.to, build_output_ended{});
    return self->quit();
  }
  auto text = std::string{buffer.data(), static_cast<size_t>(n)};
  ask_actor(self, self->state.to, tap_patience, build_output{std::move(text)})
    .then([self](const done&) { self->send(self, read_log_tap{}); },
          [self](const caf::error&) { self->quit(); });
}

caf::result<room_left> measure(tap_ptr self, const measure_room& what) {
  self->quit();
  struct statvfs found = {};
  if (::statvfs(what.path.c_str(), &found) < 0)
    return errno_error(errno, "statvfs", what.path);
  auto out = room_left{
    found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize, {}};
  for (const auto& tree : what.trees) {
    auto size = sys::measure_tree(tree);
    if (!size) {
      out.taken.clear();
      break;
    }
    out.taken.push_back(size->bytes);
  }
  return out;
}

} // namespace

log_tap_actor::behavior_type log_tap_worker(tap_ptr self) {
  return {
    [self](const open_log_tap& what) { return open_tap(self, what); },
    [self](const measure_room& what) { return measure(self, what); },
    [self](read_log_tap) { read_tap(self); },
  };
}

} // namespace berth
