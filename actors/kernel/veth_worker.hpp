#pragma once

#include "actors/kernel/api.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Speaks rtnetlink.
veth_actor::behavior_type veth_worker(veth_actor::pointer self);

} // namespace berth
