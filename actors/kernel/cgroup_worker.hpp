#pragma once

#include "actors/kernel/api.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Finds out by itself how this machine offers cgroups.
cgroup_actor::behavior_type cgroup_worker(cgroup_actor::pointer self);

} // namespace berth
