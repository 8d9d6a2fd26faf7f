#pragma once

#include "model/error.hpp"

namespace berth::worker {

/// Gives up, for this process and all its children, every system call that a
/// content job never needs and an attacker would like: mounts, namespaces, key
/// rings, BPF, tracing, io_uring, odd socket families. No core dumps.
result<void> lock_down();

} // namespace berth::worker
