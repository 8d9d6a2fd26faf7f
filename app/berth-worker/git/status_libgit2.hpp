#pragma once

#include "model/error.hpp"
#include "model/workspace.hpp"

#include <string>

namespace berth::worker {

/// Looks into the repository at `directory`. Reads what a hostile user wrote:
/// call it where little can be lost. `ours` is a file that is none of the
/// user's; empty: none.
result<git_status> read_repository(const std::string& directory,
                                   const std::string& ours);

} // namespace berth::worker
