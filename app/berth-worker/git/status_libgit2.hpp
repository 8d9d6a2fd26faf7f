#pragma once

#include "model/error.hpp"
#include "model/workspace.hpp"

#include <string>

namespace berth::worker {

/// Looks into the repository at `directory`. Reads what a hostile user wrote:
/// call it where little can be lost.
result<git_status> read_repository(const std::string& directory);

} // namespace berth::worker
