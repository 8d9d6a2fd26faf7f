#pragma once

#include "model/settings.hpp"
#include "model/workspace.hpp"

#include <vector>

namespace berth {

/// The environment of a workspace's processes, in the order in which clients
/// of the platform expect it; of two entries with one name the later counts.
std::vector<env_var> workspace_environment(const workspace_record&,
                                           const settings&);

} // namespace berth
