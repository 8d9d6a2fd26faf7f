#pragma once

#include "actors/kernel/api.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Files and directories of the node, and trees that users filled.
file_actor::behavior_type file_worker(file_actor::pointer self);

} // namespace berth
