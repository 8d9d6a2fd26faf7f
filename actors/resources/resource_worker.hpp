#pragma once

#include "actors/resources/hands.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Finds out by itself how this machine offers cgroups, and which disks it has.
resource_hand_actor::behavior_type
resource_worker(resource_hand_actor::pointer self);

} // namespace berth
