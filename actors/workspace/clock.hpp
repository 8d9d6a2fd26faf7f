#pragma once

#include "model/workspace.hpp"

#include <functional>
#include <string>

namespace berth {

/// The clocks a workspace lives by. How long something takes is measured by
/// `since_boot`, which neither a jump of the system's time nor a restart of the
/// service moves; `wall` only says what people read.
struct node_clock {
  std::function<wall_time()> wall;
  std::function<boot_time()> since_boot;
  std::string boot; ///< names what `since_boot` counts from
};

/// The ticks of `record` as `clock` counts them. Those of an earlier boot are
/// placed by wall time, as far as that makes sense: nothing is in the future.
workspace_ticks ticks_of(const workspace_record& record,
                         const node_clock& clock);

} // namespace berth
