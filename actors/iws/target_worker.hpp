#pragma once

#include "actors/iws/hands_api.hpp"
#include "sys/pinned.hpp"

namespace berth {

/// The init of a workspace's container, and its namespaces. `unavailable` if it
/// is gone.
result<sys::pinned_process> pin_container(const workspace_container&);

/// `invalid_argument`, as for a pid that is none, if the process has ended.
result<void> check_alive(const pinned&);

/// What 0 in a namespace with the workspace's usual map is on this machine.
uint32_t root_inside(const workspace_container&);

} // namespace berth
