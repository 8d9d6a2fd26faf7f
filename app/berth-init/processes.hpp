#pragma once

#include <signal.h>

namespace berth::init {

/// What process 1 waits for instead of being interrupted by it.
sigset_t blocked_signals();

/// Buries every child that is dead.
void reap_all();

/// Passes SIGTERM on to every process of the workspace and returns when none
/// is left. One that does not listen is for the runtime to kill, with us.
void end_all_processes();

} // namespace berth::init
