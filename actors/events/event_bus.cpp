#include "actors/events/event_bus.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace berth {

namespace {

using std::chrono::steady_clock;

/// Of the time that changes within phases take to be told.
constexpr auto rest_per_telling = 3;
/// Shorter rests are none.
constexpr auto least_rest = std::chrono::milliseconds{5};

void tell_all(event_bus_state& state, const record_ptr& record) {
  std::erase_if(state.listeners, [&](const auto& listening) {
    return listening.listener->is_gone()
           || (listening.filter.matches(record->spec)
               && !listening.listener->offer(record));
  });
}

void tell_each(event_bus_state& state, untold_records& what) {
  for (const auto& record : what.take())
    tell_all(state, record);
}

/// A change of phase is never left out. What changed in one that is over is if
/// there is no time for it.
void note(event_bus_state& state, const record_ptr& record) {
  auto& newest = state.newest[record->spec.id];
  auto is_entered = !newest || newest->phase != record->phase
                    || state.entered.has_alike(*record);
  newest = record;
  if (!is_entered)
    return state.changed.put(record);
  for (const auto& earlier : state.changed.take(record->spec.id))
    if (!state.is_resting)
      state.entered.put(earlier);
  state.entered.put(record);
}

void tell_changed(event_bus_state& state) {
  auto began = steady_clock::now();
  tell_each(state, state.changed);
  auto now = steady_clock::now();
  state.rests_until = now + rest_per_telling * (now - began);
}

void welcome(event_bus_state& state, const subscribe& newcomer) {
  // Where nothing changes nobody else looks who has left.
  std::erase_if(state.listeners, [](const auto& listening) {
    return listening.listener->is_gone();
  });
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
      note(self->state, event.record);
      if (!std::exchange(self->state.is_telling, true))
        self->send(self, tell_listeners{});
    },
    [self](const subscribe& newcomer) {
      // Who comes now is told what is newest, and nothing older after it.
      tell_each(self->state, self->state.entered);
      tell_changed(self->state);
      welcome(self->state, newcomer);
    },
    [self](const forget& gone) { self->state.newest.erase(gone.id); },
    [self](tell_listeners) {
      auto& state = self->state;
      state.is_telling = false;
      tell_each(state, state.entered);
      auto rest = state.rests_until - steady_clock::now();
      if (rest < least_rest)
        tell_changed(state);
      else if (!std::exchange(state.is_resting, true))
        self->delayed_send(self, rest, rest_ended{});
    },
    [self](rest_ended) {
      self->state.is_resting = false;
      tell_changed(self->state);
    },
  };
}

} // namespace berth
