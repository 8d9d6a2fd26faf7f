#pragma once

#include "model/error.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>

namespace berth::sys {

/// Whether the file system of `path` can limit what a directory holds: btrfs
/// with its quotas enabled can.
bool can_limit_directories(const std::filesystem::path&);

/// Makes an empty directory that never holds more than `bytes`: a write beyond
/// them fails with EDQUOT. It moves, and goes, as any other directory. ENOTSUP
/// where the file system cannot, and then there is none.
result<void> make_limited_directory(const std::filesystem::path&, mode_t mode,
                                    uint64_t bytes);

/// Whether `path` was made by `make_limited_directory`.
bool is_limited_directory(const std::filesystem::path&);

} // namespace berth::sys
