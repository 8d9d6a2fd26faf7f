#pragma once

#include "actors/maintenance/api.hpp"

#include <filesystem>

namespace berth {

/// Reads `file`, as `maintenance_end` does, with every question. What it cannot
/// read announces no maintenance.
maintenance_actor::behavior_type
maintenance_worker(maintenance_actor::pointer self, std::filesystem::path file);

} // namespace berth
