#pragma once

#include "actors/events/api.hpp"
#include "actors/message.hpp"

#include <map>
#include <string>
#include <vector>

namespace berth {

struct tell_listeners {};

using event_bus_brain_actor = event_bus_actor::extend<
  // Internal: what was published is told now. It stands behind all that came
  // before it, so the bus tells less of each when it has much to tell.
  caf::reacts_to<tell_listeners>>;

struct event_bus_state {
  static inline const char* name = "event_bus";

  struct listening {
    metadata_filter filter;
    std::shared_ptr<status_listener> listener;
  };

  event_bus_state() {}

  std::map<std::string, record_ptr> newest; ///< what a newcomer is told first
  std::vector<listening> listeners;

  /// Not told yet, in order; of one phase of a workspace the newest only.
  std::vector<record_ptr> untold;
  std::map<std::string, size_t> last_untold; ///< where a workspace's last is
};

event_bus_brain_actor::behavior_type
event_bus(event_bus_brain_actor::stateful_pointer<event_bus_state> self);

} // namespace berth

BERTH_MESSAGE(berth::tell_listeners)
