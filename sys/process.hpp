#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace berth::sys {

/// When `pid` started, in clock ticks since boot (field 22 of its stat): with
/// the pid it names a process for good. ESRCH if there is none, a zombie
/// included.
result<uint64_t> start_time(pid_t pid);

/// The same of the text of a /proc/PID/stat: ESRCH of one that has ended,
/// `internal` if it is none.
result<uint64_t> start_time_in(std::string_view stat);

/// Field `wanted` of such a text, counted from 1, but not the first two; empty
/// if it has none.
std::string_view stat_field(std::string_view stat, int wanted);

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
