#pragma once

#include "actors/runtime/hands.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

bundle_actor::behavior_type bundle_worker(bundle_actor::pointer self,
                                          layout where);

} // namespace berth
