#pragma once

#include "actors/git_cache/hands.hpp"

#include <filesystem>

namespace berth {

/// `directory`: where the mirrors are, one directory each.
mirror_disk_actor::behavior_type mirror_worker(mirror_disk_actor::pointer self,
                                               std::filesystem::path directory);

} // namespace berth
