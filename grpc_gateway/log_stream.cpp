#include "grpc_gateway/log_stream.hpp"

#include "grpc_gateway/status.hpp"

#include <iterator>

namespace berth::gateway {

void log_stream::open() {
  self_ = shared_from_this();
  // The reader may still be at work when gRPC is done with us.
  auto to = log_reader::taker{};
  to.take = [self = weak_from_this()](std::vector<v1::LogsResponse> pieces) {
    if (auto stream = self.lock())
      stream->take(std::move(pieces));
  };
  to.end = [self = weak_from_this()](const caf::error& why) {
    if (auto stream = self.lock())
      stream->end(why);
  };
  to.is_gone = [self = weak_from_this()] {
    auto stream = self.lock();
    return !stream || stream->is_gone();
  };
  reader_ = std::make_shared<log_reader>(system_, follow_, std::move(to));
}

void log_stream::take(std::vector<v1::LogsResponse> pieces) {
  unwritten_ = pieces.size();
  act(box_.edit([&](auto& queue) {
    std::move(pieces.begin(), pieces.end(), std::back_inserter(queue));
  }));
}

void log_stream::end(const caf::error& why) {
  act(why ? box_.abandon(to_status(why)) : box_.end(grpc::Status::OK));
}

bool log_stream::offer(const record_ptr& record) {
  auto has_stopped = record->spec.id == id_ && record->phase == phase::stopped;
  if (has_stopped)
    reader_->finish();
  return !has_stopped && !is_gone();
}

void log_stream::close(const grpc::Status& why) {
  act(box_.abandon(why));
}

void log_stream::OnWriteDone(bool ok) {
  // Once finished, gRPC may be done with us at any time.
  auto alive = shared_from_this();
  auto was_last = --unwritten_ == 0;
  act(box_.written(ok));
  if (ok && was_last && box_.is_open())
    reader_->read_on();
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
