#pragma once

#include "actors/kernel/api.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Joins layers. Its thread takes on the ids of the workspace meanwhile.
mount_actor::behavior_type mount_worker(mount_actor::pointer self);

} // namespace berth
