#pragma once

#include "model/error.hpp"
#include "sys/pinned.hpp"

namespace berth::sys {

/// Pins the process that connected to unix socket `socket`. ESRCH if it is
/// gone.
result<pinned_process> pin_peer(int socket);

} // namespace berth::sys
