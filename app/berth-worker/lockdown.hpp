#pragma once

#include "model/error.hpp"

namespace berth::worker {

/// Gives up, for this process and all its children, every system call that a
/// content job never needs and an attacker would like: mounts, namespaces, key
/// rings, BPF, tracing, io_uring, odd socket families. No core dumps. What
/// makes containers keeps mounts, namespaces and programs that change their
/// user.
result<void> lock_down(bool is_workshop);

} // namespace berth::worker
