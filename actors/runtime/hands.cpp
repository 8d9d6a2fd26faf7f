#include "actors/runtime/hands.hpp"

#include "actors/runtime/bundle_worker.hpp"
#include "actors/runtime/container_worker.hpp"

#include <caf/actor_system.hpp>

namespace berth {

runtime_hands detached_runtime_hands(caf::actor_system& sys,
                                     const layout& where) {
  auto hands = runtime_hands{};
  hands.bundle
    = [&sys, where] { return sys.spawn<caf::detached>(bundle_worker, where); };
  hands.container = [&sys, where] {
    return sys.spawn<caf::detached>(container_worker, where);
  };
  return hands;
}

} // namespace berth
