#pragma once

#include "model/settings.hpp"
#include "model/workspace.hpp"

#include <optional>
#include <string>

namespace berth {

/// A time by which a workspace must have moved on.
struct deadline {
  wall_time since; ///< where the measurement began
  duration limit{};
  std::string what; ///< "startup", "period of inactivity", ...

  wall_time at() const { return since + limit; }
};

/// The one of the deadlines of `record`'s phase that comes first.
std::optional<deadline> next_deadline(const workspace_record&,
                                      const timeout_settings&);

/// What a user reads when `missed` was: both durations as hours and minutes.
std::string timeout_text(const deadline& missed, wall_time now);

} // namespace berth
