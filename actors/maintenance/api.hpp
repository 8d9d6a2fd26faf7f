#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <optional>

namespace berth {

struct get_maintenance {};

struct maintenance {
  bool is_on = false;
  std::optional<wall_time> until; ///< its end, also one that is over
};

/// What is refused meanwhile says exactly this: clients compare it.
inline constexpr auto under_maintenance = "under maintenance";

/// Makes a time that is ahead the end of a maintenance that begins now; nothing
/// ends it.
struct announce_maintenance_until {
  std::optional<wall_time> end;
};

/// Knows whether the node is under maintenance now, which it looks up each
/// time: what an operator wrote counts for the very next call.
using maintenance_actor
  = caf::typed_actor<caf::replies_to<get_maintenance>::with<maintenance>,
                     // Answered when it would survive power loss.
                     caf::replies_to<announce_maintenance_until>::with<done>>;

} // namespace berth

BERTH_MESSAGE(berth::get_maintenance)
BERTH_MESSAGE(berth::maintenance)
BERTH_MESSAGE(berth::announce_maintenance_until)
