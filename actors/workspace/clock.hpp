#pragma once

#include "model/workspace.hpp"

#include <caf/actor_clock.hpp>

namespace berth {

/// Wall time that runs as evenly as an actor's clock: read once when the
/// service starts, so a later jump of the system's clock moves no deadline.
/// Under a test's clock, time passes when the test says so.
struct even_clock {
  wall_time origin{};
  caf::actor_clock::time_point began{};

  static even_clock starting(wall_time now, caf::actor_clock::time_point at) {
    return {now, at};
  }

  wall_time at(caf::actor_clock::time_point now) const {
    return origin + (now - began);
  }
};

} // namespace berth
