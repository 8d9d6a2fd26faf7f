#pragma once

#include "model/workspace.hpp"

#include <optional>
#include <string>

namespace berth::worker {

/// The git status of the working copy at `location` below `source`; nothing if
/// there is none, or it cannot be told within half a minute. Computed by
/// libgit2, which runs no program that the repository names, in a child
/// process as the content's user.
std::optional<git_status> repository_status(int source,
                                            const std::string& location);

} // namespace berth::worker
