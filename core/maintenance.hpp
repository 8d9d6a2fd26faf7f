#pragma once

#include "model/error.hpp"
#include "model/workspace.hpp"

#include <filesystem>

namespace berth {

/// Whether `file` announces a maintenance that has not ended by `now`. It holds
/// `{"enabledUntil": "<RFC 3339 time>"}`; null, or no file, means none. An
/// error if it says anything else.
result<bool> is_under_maintenance(const std::filesystem::path& file,
                                  wall_time now);

} // namespace berth
