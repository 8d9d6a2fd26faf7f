#pragma once

#include "actors/content/api.hpp"
#include "actors/disk/api.hpp"
#include "actors/images/api.hpp"
#include "actors/maintenance/api.hpp"
#include "actors/runtime/api.hpp"
#include "actors/workspace/clock.hpp"
#include "actors/workspace/secrets_api.hpp"

namespace berth::bench {

/// The parts of a node that touch the machine, answering at once and touching
/// nothing: what is left is what actors and records cost. Containers never end.
content_actor::behavior_type no_content(content_actor::pointer);
image_store_actor::behavior_type no_images(image_store_actor::pointer);
runtime_actor::behavior_type no_runtime(runtime_actor::pointer);
secret_keeper_actor::behavior_type no_secrets(secret_keeper_actor::pointer);
maintenance_actor::behavior_type no_maintenance(maintenance_actor::pointer);
disk_guard_actor::behavior_type roomy_disk(disk_guard_actor::pointer);

/// The clocks of this machine.
node_clock running_clock();

} // namespace berth::bench
