#pragma once

#include "actors/message.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

/// Who shares the CPUs, disks and connections of the node among workspaces.
namespace berth {

/// What became of a workspace. One that has a container is watched from then
/// on, one that stops is let go.
struct watch_resources {
  record_ptr record;
};

using resources_actor = caf::typed_actor<caf::reacts_to<watch_resources>>;

} // namespace berth

BERTH_MESSAGE(berth::watch_resources)
