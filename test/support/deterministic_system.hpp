#pragma once

#include "model/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace berth::test {

/// An actor system with no threads and a clock that stands still until told.
/// A test's fixture derives from it.
class deterministic_system {
protected:
  struct config : caf::actor_system_config {
    config();
  };

  deterministic_system();
  deterministic_system(const deterministic_system&) = delete;
  deterministic_system& operator=(const deterministic_system&) = delete;

  /// Ends what `spawn` made: an actor that still holds a timer would keep the
  /// system from shutting down.
  ~deterministic_system();

  /// Spawns an actor on the pool, whatever it is in berthd, and lets it
  /// initialize: a behavior function runs at its first scheduling.
  template <class F, class... Ts>
  auto spawn(F f, Ts&&... xs) {
    auto handle = sys.spawn(f, std::forward<Ts>(xs)...);
    adopt(handle);
    settle();
    return handle;
  }

  /// Ends `handle` with the test, as if `spawn` had made it.
  template <class Handle>
  void adopt(const Handle& handle) {
    spawned.push_back(caf::actor_cast<caf::strong_actor_ptr>(handle));
  }

  /// Delivers messages until every mailbox is empty.
  void settle();

  /// Moves the clock, firing what falls due when it does, and settles.
  void advance(caf::timespan by);

  /// Moves the clock while nothing runs, as if the process had been stopped:
  /// what fell due is late.
  void pause(caf::timespan by);

  /// The reply to `msg`, or the error it was refused with. An actor that has
  /// gone quiet without replying is `ec::timeout`, not a hung test.
  template <class Reply, class Handle, class Message>
  result<Reply> ask(const Handle& whom, Message msg) {
    auto reply = self->request(whom, caf::infinite, std::move(msg));
    settle();
    auto out = result<Reply>{make_error(ec::timeout, "no reply")};
    if (self->mailbox().empty())
      return out;
    reply.receive([&](Reply& x) { out = std::move(x); },
                  [&](caf::error& err) { out = std::move(err); });
    return out;
  }

  /// A listener that keeps what it hears, in order.
  template <class T>
  struct recorder {
    caf::typed_actor<caf::reacts_to<T>> handle;
    std::shared_ptr<std::vector<T>> heard = std::make_shared<std::vector<T>>();
  };

  template <class T>
  recorder<T> record() {
    auto out = recorder<T>{};
    using behavior = typename decltype(out.handle)::behavior_type;
    out.handle = spawn([heard = out.heard]() -> behavior {
      return {[heard](const T& x) { heard->push_back(x); }};
    });
    return out;
  }

  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys, true};
  caf::scheduler::test_coordinator& sched;

private:
  std::vector<caf::strong_actor_ptr> spawned;
};

} // namespace berth::test
