#pragma once

#include <optional>

namespace berth::init {

/// If BERTH_ENVIRONMENT names a pipe: waits until the rest of our environment
/// has come through it, entries "NAME=value" that each end with a NUL, and
/// executes ourselves anew with all of it. Returns an exit code if we are told
/// to end before, or if that is impossible; nothing if there is no pipe.
///
/// Needs the signals of `blocked_signals` blocked.
std::optional<int> complete_environment(char** argv);

} // namespace berth::init
