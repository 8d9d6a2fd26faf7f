#include "actors/events/event_bus.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace berth {

namespace {

void tell_all(event_bus_state& state, const record_ptr& record) {
  std::erase_if(state.listeners, [&](const auto& listening) {
    return listening.listener->is_gone()
           || (listening.filter.matches(record->spec)
               && !listening.listener->offer(record));
  });
}

/// A change of phase is never left out, what changed within one may be.
void note(event_bus_state& state, const record_ptr& record) {
  const auto& id = record->spec.id;
  state.newest[id] = record;
  auto last = state.last_untold.find(id);
  if (last != state.last_untold.end()
      && state.untold[last->second]->phase == record->phase) {
    state.untold[last->second] = record;
    return;
  }
  state.last_untold[id] = state.untold.size();
  state.untold.push_back(record);
}

void tell_untold(event_bus_state& state) {
  state.last_untold.clear();
  for (const auto& record : std::exchange(state.untold, {}))
    tell_all(state, record);
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

event_bus_brain_actor::behavior_type
event_bus(event_bus_brain_actor::stateful_pointer<event_bus_state> self) {
  return {
    [self](const publish& event) {
      if (self->state.untold.empty())
        self->send(self, tell_listeners{});
      note(self->state, event.record);
    },
    [self](const subscribe& newcomer) {
      // Who comes now is told what is newest, and nothing older after it.
      tell_untold(self->state);
      welcome(self->state, newcomer);
    },
    [self](const forget& gone) { self->state.newest.erase(gone.id); },
    [self](tell_listeners) { tell_untold(self->state); },
  };
}

} // namespace berth
