#pragma once

#include <signal.h>

namespace berth::init {

/// What process 1 waits for instead of being interrupted by it.
sigset_t blocked_signals();

/// What a shell calls a status of waitpid(2): the code, or 128+n for signal n.
int exit_code(int status);

/// Where memory runs out, this process goes before process 1, whose end would
/// be everybody's. For a child that is about to run somebody's program.
void go_before_init();

/// Buries every child that is dead.
void reap_all();

/// Passes SIGTERM on to every process of the workspace and returns when none
/// is left. One that does not listen is for the runtime to kill, with us.
void end_all_processes();

} // namespace berth::init
