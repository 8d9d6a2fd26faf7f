#pragma once

#include "actors/disk/disk_guard.hpp"

#include <filesystem>

namespace berth {

/// Measures the file system of `path`.
disk_gauge_actor::behavior_type disk_gauge_worker(disk_gauge_actor::pointer,
                                                  std::filesystem::path path);

} // namespace berth
