#pragma once

#include "actors/runtime/hands.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

container_actor::behavior_type container_worker(container_actor::pointer self,
                                                layout where);

} // namespace berth
