#include "actors/workspace/clock.hpp"

#include <algorithm>

namespace berth {

namespace {

wall_time entered_phase_at(const workspace_record& record) {
  switch (record.phase) {
    case phase::running:
    case phase::interrupted:
      return record.running_since.value_or(record.created_at);
    case phase::stopping:
      return record.stopping_since.value_or(record.created_at);
    case phase::stopped: return record.stopped_at.value_or(record.created_at);
    default: return record.created_at;
  }
}

} // namespace

workspace_ticks ticks_of(const workspace_record& record,
                         const node_clock& clock) {
  if (record.ticks.boot == clock.boot)
    return record.ticks;
  auto placed = [wall = clock.wall(), now = clock.since_boot()](wall_time at) {
    return now - std::max<duration>(wall - at, duration::zero());
  };
  auto ticks = workspace_ticks{};
  ticks.boot = clock.boot;
  ticks.created = placed(record.created_at);
  ticks.phase = placed(entered_phase_at(record));
  if (record.last_activity)
    ticks.active = placed(*record.last_activity);
  return ticks;
}

} // namespace berth
