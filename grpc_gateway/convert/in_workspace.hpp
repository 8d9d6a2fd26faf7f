#pragma once

#include "actors/iws/api.hpp"

namespace iws {
class MountNfsRequest;
class MountProcRequest;
class WriteIDMappingRequest;
} // namespace iws

/// Requests of workspaces as messages to their service. Nothing is refused
/// here: what a request may say is the service's matter.
namespace berth::gateway {

id_map to_id_map(const iws::WriteIDMappingRequest&);

mount_nested to_mount(nested_fs, const iws::MountProcRequest&);
mount_nested to_mount(const iws::MountNfsRequest&);

} // namespace berth::gateway
