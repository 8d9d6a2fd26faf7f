#pragma once

#include "model/error.hpp"
#include "model/workspace.hpp"

#include <filesystem>
#include <optional>

namespace berth {

/// When the maintenance that `file` announces ends, or ended. It holds
/// `{"enabledUntil": "<RFC 3339 time>"}`; null, or no file, announces none. An
/// error if it says anything else.
result<std::optional<wall_time>>
maintenance_end(const std::filesystem::path& file);

/// Makes `file` announce a maintenance until then, or none. Survives power
/// loss once it returns.
result<void> announce_maintenance(const std::filesystem::path& file,
                                  std::optional<wall_time> until);

/// Whether `file` announces a maintenance that has not ended by `now`.
result<bool> is_under_maintenance(const std::filesystem::path& file,
                                  wall_time now);

} // namespace berth
