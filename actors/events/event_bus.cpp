#include "actors/events/event_bus.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace berth {

namespace {

void tell_all(event_bus_state& state, const record_ptr& record) {
  std::erase_if(state.listeners, [&](const auto& listening) {
    return listening.listener->is_gone()
           || (listening.filter.matches(record->spec)
               && !listening.listener->offer(record));
  });
}

void welcome(event_bus_state& state, const subscribe& newcomer) {
  auto matching = std::vector<record_ptr>{};
  for (const auto& [id, record] : state.newest)
    if (newcomer.filter.matches(record->spec))
      matching.push_back(record);
  auto stays
    = std::all_of(matching.begin(), matching.end(), [&](const auto& record) {
        return newcomer.listener->offer(record);
      });
  if (stays)
    state.listeners.push_back({newcomer.filter, newcomer.listener});
}

} // namespace

event_bus_actor::behavior_type
event_bus(event_bus_actor::stateful_pointer<event_bus_state> self) {
  return {
    [self](const publish& event) {
      self->state.newest[event.record->spec.id] = event.record;
      tell_all(self->state, event.record);
    },
    [self](const subscribe& newcomer) { welcome(self->state, newcomer); },
    [self](const forget& gone) { self->state.newest.erase(gone.id); },
  };
}

} // namespace berth
