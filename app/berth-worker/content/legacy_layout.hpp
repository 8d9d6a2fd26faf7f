#pragma once

#include "model/error.hpp"

#include <string>

namespace berth::worker {

/// The oldest backups of other installations hold everything in a directory
/// named after the meta id: what is in it moves up. Does nothing unless
/// `meta_id` is a directory and all that there is.
result<void> lift_legacy_layout(int root, const std::string& meta_id);

} // namespace berth::worker
