#pragma once

#include "model/error.hpp"

#include <filesystem>

namespace berth::sys {

/// Removes the tree at `path`, which may have been made by anybody: no symlink
/// is followed, no mount is entered, and its depth costs neither stack nor
/// descriptors. Gone already: no error. A mount point in it, or as its top,
/// gives EBUSY; ENOTEMPTY if somebody fills it meanwhile. The path itself is
/// absolute and its parents are ours.
result<void> remove_tree(const std::filesystem::path&);

} // namespace berth::sys
