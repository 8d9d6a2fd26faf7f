#include "grpc_gateway/front_door.hpp"

#include "grpc_gateway/offload.hpp"

namespace berth::gateway {

namespace {

using clock = rate_limiter::clock;

/// How long the caller still waits for an answer.
clock::duration patience_of(const grpc::CallbackServerContext& ctx) {
  constexpr auto longest = std::chrono::hours{1};
  auto left = ctx.deadline() - std::chrono::system_clock::now();
  return left < longest ? std::chrono::duration_cast<clock::duration>(left)
                        : clock::duration{longest};
}

} // namespace

void front_door::admit(const std::string& method,
                       const grpc::CallbackServerContext& ctx,
                       const google::protobuf::Message& request,
                       std::function<void()> enter,
                       std::function<void(caf::error)> refuse) {
  auto wait = limiter_.take(method, request, clock::now(), patience_of(ctx));
  auto is_refused = !wait && code_of(wait.error()) == ec::exhausted;
  if (calls_ && limits(method) && (wait || is_refused))
    calls_->rate_limited(method, is_refused);
  if (!wait)
    return refuse(std::move(wait.error()));
  if (*wait == clock::duration::zero())
    return enter();
  run_after(*wait,
            [&ctx, enter = std::move(enter), refuse = std::move(refuse)] {
              if (ctx.IsCancelled())
                refuse(make_error(ec::cancelled, "the caller went away"));
              else
                enter();
            });
}

} // namespace berth::gateway
