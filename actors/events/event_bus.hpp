#pragma once

#include "actors/events/api.hpp"
#include "actors/events/untold_records.hpp"
#include "actors/message.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace berth {

struct tell_listeners {};
struct rest_ended {};

using event_bus_brain_actor = event_bus_actor::extend<
  // Internal: what was published is told now. It stands behind all that came
  // before it, so the bus tells less of each when it has much to tell.
  caf::reacts_to<tell_listeners>, caf::reacts_to<rest_ended>>;

struct event_bus_state {
  static inline const char* name = "event_bus";

  struct listening {
    metadata_filter filter;
    std::shared_ptr<status_listener> listener;
  };

  event_bus_state() {}

  std::map<std::string, record_ptr> newest; ///< what a newcomer is told first
  std::vector<listening> listeners;

  untold_records entered;  ///< another phase
  untold_records changed;  ///< within a phase
  bool is_telling = false; ///< `tell_listeners` is on its way

  /// With a thousand subscribers it costs much to tell of changes. They rest
  /// some time after that, so that phases and readers get theirs.
  std::chrono::steady_clock::time_point rests_until{};
  bool is_resting = false; ///< `rest_ended` is on its way
};

event_bus_brain_actor::behavior_type
event_bus(event_bus_brain_actor::stateful_pointer<event_bus_state> self);

} // namespace berth

BERTH_MESSAGE(berth::tell_listeners)
BERTH_MESSAGE(berth::rest_ended)
