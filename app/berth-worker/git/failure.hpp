#pragma once

#include "app/berth-worker/git/program.hpp"

namespace berth::worker {

/// Why a git command failed, for the user who waits: the code says what to do
/// about it, and `unavailable` alone means that trying again may help. The text
/// holds git's own words, without control bytes and without the password.
caf::error git_failure(const git_call&, const child_end&);

/// Whether the other end could not be found at all, which rarely passes.
bool is_unreachable(const caf::error&);

} // namespace berth::worker
