#pragma once

#include "actors/iws/hands_api.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Divides, hands over and measures the cgroups of workspaces.
iws_cgroup_actor::behavior_type
iws_cgroup_worker(iws_cgroup_actor::pointer self);

} // namespace berth
