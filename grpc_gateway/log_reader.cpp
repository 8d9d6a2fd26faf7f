#include "grpc_gateway/log_reader.hpp"

#include "grpc_gateway/offload.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace berth::gateway {

namespace {

using namespace std::chrono_literals;

constexpr auto piece = size_t{64} << 10;
constexpr auto poll_interval = 200ms;

} // namespace

void log_reader::start(result<log_path> where) {
  if (!where)
    return to_.end(where.error());
  offload(system_, [self = shared_from_this(), where = std::move(*where)] {
    self->open_file(where);
  });
}

void log_reader::open_file(const log_path& where) {
  // Asked before the file is: a log that was not there before the workspace
  // stopped never will be.
  auto had_finished = finished_.load();
  // In the order in which the log moves, or it could slip through between.
  for (const auto& path : {where.path, where.retained}) {
    file_ = sys::fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file_)
      return read_piece();
    if (errno != ENOENT)
      return to_.end(errno_error(errno, "open", "the workspace's log"));
  }
  if (!follow_ || had_finished)
    return to_.end(make_error(ec::failed_precondition,
                              "the workspace has no log: no container of it "
                              "was started"));
  try_again([self = shared_from_this(), where] { self->open_file(where); });
}

void log_reader::read_on() {
  offload(system_, [self = shared_from_this()] { self->read_piece(); });
}

void log_reader::read_piece() {
  // Asked before the file is: what a workspace wrote before it stopped is
  // there to read after.
  auto had_finished = finished_.load();
  auto bytes = std::string(piece, '\0');
  auto got = ::read(file_.get(), bytes.data(), bytes.size());
  if (got < 0)
    return to_.end(errno_error(errno, "read", "the workspace's log"));
  if (got == 0)
    return at_end(had_finished);
  auto pieces = decoder_.decode({bytes.data(), static_cast<size_t>(got)});
  if (pieces.empty())
    return read_on();
  to_.take(std::move(pieces));
}

void log_reader::at_end(bool had_finished) {
  if (!follow_ || had_finished)
    return to_.end({});
  try_again([self = shared_from_this()] { self->read_piece(); });
}

void log_reader::try_again(std::function<void()> job) {
  if (to_.is_gone())
    return;
  run_after(poll_interval, [self = shared_from_this(), job = std::move(job)] {
    if (!self->to_.is_gone())
      offload(self->system_, job);
  });
}

} // namespace berth::gateway
