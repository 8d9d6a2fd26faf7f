#pragma once

#include "actors/answer.hpp"
#include "actors/ask.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <functional>

namespace berth::gateway {

/// Runs `job` on a thread of its own, which may block: gRPC's threads may not.
void offload(caf::actor_system&, std::function<void()> job);

/// Runs `job` after `delay` on a thread of gRPC's.
void run_after(std::chrono::nanoseconds delay, std::function<void()> job);

/// Sends a request to an actor that replies, and settles `to` with the reply.
template <class Reply, class Handle, class Message>
void ask(caf::actor_system& system, const Handle& whom, Message message,
         std::chrono::nanoseconds deadline, answer<Reply> to) {
  system.spawn([=](caf::event_based_actor* self) {
    ask_actor(self, whom, deadline, message)
      .then([to](const Reply& reply) { to.give(reply); },
            [to](const caf::error& why) { to.refuse(why); });
  });
}

} // namespace berth::gateway
