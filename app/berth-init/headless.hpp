#pragma once

namespace berth::init {

/// Runs the tasks of GITPOD_TASKS side by side. 0 if all of them end with 0;
/// otherwise 1, and the termination message says which one did not. SIGTERM
/// ends them: 143, without a message, for the work is not done.
///
/// Needs the signals of `blocked_signals` blocked.
int run_headless();

} // namespace berth::init
