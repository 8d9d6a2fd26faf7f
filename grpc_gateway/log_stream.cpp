#include "grpc_gateway/log_stream.hpp"

#include "grpc_gateway/offload.hpp"
#include "grpc_gateway/status.hpp"

#include <fcntl.h>

#include <cerrno>

namespace berth::gateway {

namespace {

using namespace std::chrono_literals;

constexpr auto piece = size_t{64} << 10;
constexpr auto poll_interval = 200ms;

} // namespace

void log_stream::open() {
  self_ = shared_from_this();
}

void log_stream::start(result<log_path> where) {
  if (!where)
    return act(box_.abandon(to_status(where.error())));
  offload(system_, [self = shared_from_this(), where = std::move(*where)] {
    self->open_file(where);
  });
}

void log_stream::open_file(const log_path& where) {
  // Asked before the file is: a log that was not there before the workspace
  // stopped never will be.
  auto had_stopped = stopped_.load();
  // In the order in which the log moves, or it could slip through between.
  for (const auto& path : {where.path, where.retained}) {
    file_ = sys::fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file_)
      return read_piece();
    if (errno != ENOENT)
      return act(box_.abandon(
        to_status(errno_error(errno, "open", "the workspace's log"))));
  }
  if (!follow_ || had_stopped)
    return act(box_.abandon(
      {grpc::StatusCode::FAILED_PRECONDITION,
       "workspace " + id_ + " has no log: no container of it was started"}));
  try_again([self = shared_from_this(), where] { self->open_file(where); });
}

void log_stream::try_again(std::function<void()> job) {
  if (is_gone())
    return;
  run_after(poll_interval, [self = shared_from_this(), job = std::move(job)] {
    if (!self->is_gone())
      offload(self->system_, job);
  });
}

void log_stream::read_later() {
  offload(system_, [self = shared_from_this()] { self->read_piece(); });
}

void log_stream::read_piece() {
  // Asked before the file is: what a workspace wrote before it stopped is
  // there to read after.
  auto had_stopped = stopped_.load();
  auto bytes = std::string(piece, '\0');
  auto got = ::read(file_.get(), bytes.data(), bytes.size());
  if (got < 0)
    return act(box_.abandon(
      to_status(errno_error(errno, "read", "the workspace's log"))));
  if (got == 0)
    return at_end(had_stopped);
  auto responses = decoder_.decode({bytes.data(), static_cast<size_t>(got)});
  if (responses.empty())
    return read_later();
  unwritten_ = responses.size();
  act(box_.edit([&](auto& queue) {
    std::move(responses.begin(), responses.end(), std::back_inserter(queue));
  }));
}

void log_stream::at_end(bool had_stopped) {
  if (!follow_ || had_stopped)
    return act(box_.end(grpc::Status::OK));
  try_again([self = shared_from_this()] { self->read_piece(); });
}

bool log_stream::offer(const record_ptr& record) {
  if (record->spec.id == id_ && record->phase == phase::stopped)
    stopped_ = true;
  return !stopped_ && !is_gone();
}

void log_stream::close(const grpc::Status& why) {
  act(box_.abandon(why));
}

void log_stream::OnWriteDone(bool ok) {
  auto was_last = --unwritten_ == 0;
  act(box_.written(ok));
  if (ok && was_last && box_.is_open())
    read_later();
}

void log_stream::OnCancel() {
  act(box_.abandon(grpc::Status::CANCELLED));
}

void log_stream::OnDone() {
  self_.reset();
}

void log_stream::act(box::step step) {
  switch (step) {
    case box::step::wait: return;
    case box::step::write: return StartWrite(&box_.current());
    case box::step::finish: return Finish(box_.verdict());
  }
}

} // namespace berth::gateway
