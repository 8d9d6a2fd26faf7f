#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace berth::sys {

/// Maps uids and gids 0..size-1 in the user namespace of `pid` to
/// `start`..`start+size-1` here. Possible once for a namespace.
result<void> write_id_map(pid_t pid, uint32_t start, uint32_t size);

/// The same for any map: lines of "INSIDE HERE SIZE".
result<void> write_id_map(pid_t pid, const std::string& map);

/// The namespace of `pid` called `kind` ("user", "net", "mnt", "pid"...). It
/// lives as long as the descriptor.
result<fd> open_namespace(pid_t pid, const char* kind);

} // namespace berth::sys
