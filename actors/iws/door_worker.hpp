#pragma once

#include "actors/iws/service_hands.hpp"
#include "core/layout.hpp"

#include <memory>

namespace berth {

/// Opens sockets of workspaces at `doors`. It touches files, so it is spawned
/// detached; one job, then it quits.
door_actor::behavior_type door_worker(door_actor::pointer self, layout where,
                                      std::shared_ptr<service_doors> doors);

} // namespace berth
