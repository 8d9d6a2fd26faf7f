#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <sys/types.h>

#include <cstdint>

namespace berth::sys {

/// When `pid` started, in clock ticks since boot (field 22 of its stat): with
/// the pid it names a process for good. ESRCH if there is none, a zombie
/// included.
result<uint64_t> start_time(pid_t pid);

/// A descriptor that becomes readable when `pid` ends and never names another
/// process.
result<fd> open_pidfd(pid_t pid);

/// The RLIMIT_CORE under which no core is written anywhere: 0 stops a file
/// only, while 1 also stops a core that goes to a program. 0 where our own
/// limit is.
uint64_t core_limit();

/// From here on a crash of this process, or of a program it starts, writes no
/// core, and nobody but root may look into this process.
result<void> forbid_core_dumps();

/// Waits for a child of ours. Its exit code, 128+n if signal n ended it.
result<int> wait_child(pid_t pid);

} // namespace berth::sys
