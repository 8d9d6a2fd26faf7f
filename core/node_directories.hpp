#pragma once

#include "core/layout.hpp"
#include "model/error.hpp"

namespace berth {

/// Makes the directories that the workspaces of a node share: `run_dir` 0711,
/// all others 0700. What is there stays as it is. A workspace's own are made
/// when it is launched.
result<void> make_node_directories(const layout&);

} // namespace berth
