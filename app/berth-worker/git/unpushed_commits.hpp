#pragma once

#include "model/error.hpp"

#include <git2.h>

#include <functional>

namespace berth::worker {

/// Calls `visit` with each commit that is on a branch and on none of a remote,
/// newest first, in shallow clones too.
result<void>
for_each_unpushed_commit(git_repository*,
                         const std::function<void(const git_oid&)>& visit);

} // namespace berth::worker
