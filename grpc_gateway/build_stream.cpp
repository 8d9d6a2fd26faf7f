#include "grpc_gateway/build_stream.hpp"

#include "grpc_gateway/convert/build.hpp"
#include "grpc_gateway/status.hpp"

namespace berth::gateway {

void build_stream::offer(const result<build_record>& told) {
  if (!told)
    return act(box_.abandon(to_status(told.error())));
  auto message = to_build_response(*told);
  act(box_.edit([&](auto& queue) {
    // Of what waits only the newest matters to a slow reader.
    queue.clear();
    queue.push_back(std::move(message));
  }));
  if (is_done(told->phase))
    act(box_.end(grpc::Status::OK));
}

void build_stream::close(const grpc::Status& why) {
  act(box_.abandon(why));
}

void build_stream::OnWriteDone(bool ok) {
  act(box_.written(ok));
}

void build_stream::OnCancel() {
  act(box_.abandon(grpc::Status::CANCELLED));
}

void build_stream::act(box::step step) {
  switch (step) {
    case box::step::wait: return;
    case box::step::write: return StartWrite(&box_.current());
    case box::step::finish: return Finish(box_.verdict());
  }
}

} // namespace berth::gateway
