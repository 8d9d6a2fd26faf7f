#pragma once

#include "actors/images/layer_files.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Blocks: spawn it detached.
layer_actor::behavior_type layer_worker(layer_actor::pointer self);

} // namespace berth
