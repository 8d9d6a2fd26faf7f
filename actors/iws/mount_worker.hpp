#pragma once

#include "actors/iws/hands_api.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <filesystem>

namespace berth {

/// Mounts and unmounts inside workspaces; `helper` is berth-ns.
iws_mount_actor::behavior_type iws_mount_worker(iws_mount_actor::pointer self,
                                                std::filesystem::path helper);

} // namespace berth
