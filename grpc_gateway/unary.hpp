#pragma once

#include "actors/answer.hpp"
#include "grpc_gateway/front_door.hpp"
#include "grpc_gateway/status.hpp"

#include <exception>

namespace berth::gateway {

/// Runs `body`; whatever it throws becomes an error with the exception's text.
template <class Body>
result<void> contained(Body&& body) {
  try {
    body();
    return {};
  } catch (const std::exception& thrown) {
    return make_error(ec::internal, thrown.what());
  } catch (...) {
    return make_error(ec::internal, "unknown exception");
  }
}

/// What `unary` does, with a reactor that is there already.
template <class T, class Ask, class Fill>
grpc::ServerUnaryReactor*
carry(grpc::ServerUnaryReactor* rpc, front_door& door, const char* method,
      grpc::CallbackServerContext* ctx,
      const google::protobuf::Message& request, Ask ask, Fill fill) {
  auto to = answer<T>{[rpc, fill = std::move(fill)](result<T> got) {
    if (!got)
      return rpc->Finish(to_status(got.error()));
    auto filled = contained([&] { fill(std::move(*got)); });
    rpc->Finish(filled ? grpc::Status::OK : to_status(filled.error()));
  }};
  auto enter = [to, ask = std::move(ask)] {
    auto asked = contained([&] { ask(to); });
    if (!asked)
      to.refuse(asked.error());
  };
  if (!door.limits(method)) {
    enter();
    return rpc;
  }
  auto refuse = [to](caf::error why) { to.refuse(std::move(why)); };
  auto admitted = contained([&] {
    door.admit(method, *ctx, request, std::move(enter), std::move(refuse));
  });
  if (!admitted)
    to.refuse(admitted.error());
  return rpc;
}

/// Carries one RPC to an actor and its answer back, without a thread waiting.
///
/// `ask` gets an `answer<T>` to pass along in a message; sending that message
/// must be the last it does, as the call may be over at once. `fill` writes
/// the response from the T that comes back, in the context of whoever answers.
/// An exception in either makes the call INTERNAL. Nothing of the call is
/// touched after it is finished; one whose client went away is finished like
/// any other.
template <class T, class Ask, class Fill>
grpc::ServerUnaryReactor*
unary(front_door& door, const char* method, grpc::CallbackServerContext* ctx,
      const google::protobuf::Message& request, Ask ask, Fill fill) {
  return carry<T>(ctx->DefaultReactor(), door, method, ctx, request,
                  std::move(ask), std::move(fill));
}

} // namespace berth::gateway
