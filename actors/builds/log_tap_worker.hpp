#pragma once

#include "actors/builds/log_tap.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

struct log_tap_state {
  static inline const char* name = "log_tap";

  sys::fd reader;
  output_listener_actor to;
};

/// Blocks: spawn it detached.
log_tap_actor::behavior_type
log_tap_worker(log_tap_actor::stateful_pointer<log_tap_state> self);

} // namespace berth
