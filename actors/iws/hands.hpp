#pragma once

#include "actors/iws/hands_api.hpp"

#include <caf/fwd.hpp>

#include <filesystem>

namespace berth {

/// The real hands: each job on a thread of its own. `helper_dir` holds
/// berth-ns; `sys` must outlive the result.
iws_hands detached_iws_hands(caf::actor_system& sys,
                             const std::filesystem::path& helper_dir);

} // namespace berth
