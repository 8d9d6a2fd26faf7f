#pragma once

#include "actors/kernel/api.hpp"

#include <caf/fwd.hpp>

#include <filesystem>

namespace berth {

/// The real hands: each job on a thread of its own. `helper_dir` holds
/// berth-ns; `sys` must outlive the result.
kernel_hands detached_hands(caf::actor_system& sys,
                            const std::filesystem::path& helper_dir);

} // namespace berth
