#pragma once

#include "actors/content/disk.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>

namespace berth {

/// Blocks: spawn it detached.
disk_actor::behavior_type disk_worker(disk_actor::pointer self,
                                      std::shared_ptr<object_storage> storage);

} // namespace berth
