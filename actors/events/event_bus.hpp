#pragma once

#include "actors/events/api.hpp"

#include <map>
#include <string>
#include <vector>

namespace berth {

struct event_bus_state {
  static inline const char* name = "event_bus";

  struct listening {
    metadata_filter filter;
    std::shared_ptr<status_listener> listener;
  };

  event_bus_state() {}

  std::map<std::string, record_ptr> newest; ///< what a newcomer is told first
  std::vector<listening> listeners;
};

event_bus_actor::behavior_type
event_bus(event_bus_actor::stateful_pointer<event_bus_state> self);

} // namespace berth
