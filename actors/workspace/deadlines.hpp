#pragma once

#include "model/settings.hpp"
#include "model/workspace.hpp"

#include <optional>
#include <string>

namespace berth {

/// A time by which a workspace must have moved on.
struct deadline {
  boot_time since{}; ///< where the measurement began
  duration limit{};
  std::string what; ///< "startup", "period of inactivity", ...
  boot_time not_before{};

  /// Limits may be as long as a client likes: this stops at the end of time.
  boot_time at() const;
};

/// Since when somebody could tell us that a workspace is in use, and how long
/// it takes at most until they do so again. While the service was down or the
/// machine asleep nobody could: idle time does not end a workspace before.
struct hearing {
  boot_time since{};
  duration grace{};
};

/// The one of the deadlines of `record`'s phase that comes first.
std::optional<deadline> next_deadline(const workspace_record& record,
                                      const timeout_settings&,
                                      const hearing& = {});

/// What a user reads when `missed` was: both durations as hours and minutes.
std::string timeout_text(const deadline& missed, boot_time now);

} // namespace berth
