#pragma once

#include "actors/iws/service_hands.hpp"

namespace berth {

/// Counts mounts in other mount namespaces. One job, then it quits.
mount_count_actor::behavior_type
mount_count_worker(mount_count_actor::pointer self);

} // namespace berth
