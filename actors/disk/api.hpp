#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"

#include <caf/typed_actor.hpp>

namespace berth {

/// Something is about to start that will write to the disk.
struct admit_content {};

struct look_at_disk {};

/// Watches what is left of the state directory's file system. With less than
/// the settings want, caches are trimmed; if that is not enough, nothing may
/// start: `exhausted`. What runs goes on, and may be saved.
using disk_guard_actor
  = caf::typed_actor<caf::replies_to<admit_content>::with<done>,
                     // Internal: for metrics and the log.
                     caf::reacts_to<look_at_disk>>;

} // namespace berth

BERTH_MESSAGE(berth::admit_content)
BERTH_MESSAGE(berth::look_at_disk)
