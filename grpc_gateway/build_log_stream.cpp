#include "grpc_gateway/build_log_stream.hpp"

#include "actors/ask.hpp"
#include "grpc_gateway/status.hpp"

namespace berth::gateway {

build_log_stream::build_log_stream(build_registry_actor builds,
                                   const builder::LogsRequest& request)
  : builds_(std::move(builds)), id_(request.build_id()),
    reference_(request.build_ref()), is_censored_(request.censored()) {}

void build_log_stream::open() {
  self_ = shared_from_this();
  ask();
}

void build_log_stream::ask() {
  auto asked = read_build_log{id_, reference_, next_, {}};
  asked.to = answer<build_log_piece>{
    [self = weak_from_this()](result<build_log_piece> piece) {
      if (auto stream = self.lock())
        stream->take(std::move(piece));
    }};
  tell_actor(builds_, std::move(asked));
}

void build_log_stream::take(result<build_log_piece> piece) {
  if (!piece)
    return act(box_.abandon(to_status(piece.error())));
  id_ = piece->id;
  next_ = piece->next;
  auto text = std::move(piece->text);
  if (is_censored_) {
    censor_.look_for(std::move(piece->names));
    text = censor_.pass(text);
    if (piece->is_last)
      text += censor_.finish();
  }
  if (!text.empty()) {
    auto message = builder::LogsResponse{};
    message.set_content(std::move(text));
    act(box_.push(std::move(message)));
  } else if (!piece->is_last && box_.is_open()) {
    return ask(); // all of it waits for its end
  }
  if (piece->is_last)
    act(box_.end(grpc::Status::OK));
}

void build_log_stream::close(const grpc::Status& why) {
  act(box_.abandon(why));
}

void build_log_stream::OnWriteDone(bool ok) {
  // Once finished, gRPC may be done with us at any time.
  auto alive = shared_from_this();
  act(box_.written(ok));
  if (ok && box_.is_open())
    ask();
}

void build_log_stream::OnCancel() {
  act(box_.abandon(grpc::Status::CANCELLED));
}

void build_log_stream::act(box::step step) {
  switch (step) {
    case box::step::wait: return;
    case box::step::write: return StartWrite(&box_.current());
    case box::step::finish: return Finish(box_.verdict());
  }
}

} // namespace berth::gateway
