#pragma once

#include "actors/builds/cache_disk.hpp"

#include <filesystem>

namespace berth {

/// Works in `directory`. Blocks: spawn it detached.
cache_disk_actor::behavior_type
cache_disk_worker(cache_disk_actor::pointer self,
                  std::filesystem::path directory);

} // namespace berth
