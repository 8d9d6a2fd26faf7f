#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <filesystem>

namespace berth::sys {

struct tree_size {
  uint64_t bytes = 0; ///< of the disk; a file with several names counts once
  uint64_t files = 0; ///< names of every kind
};

/// What the tree at `path` takes, which anybody may have made and may be
/// changing: no symlink is followed and no mount entered; what vanishes
/// meanwhile is not counted.
result<tree_size> measure_tree(const std::filesystem::path&);

} // namespace berth::sys
