#pragma once

#include "model/error.hpp"

#include <filesystem>
#include <string>

namespace berth::bench {

struct test_tree {
  std::filesystem::path where;
  double megabytes = 0;
  std::string description;
};

/// Small files of text and some big ones, half of it random: as sources,
/// objects and packages are. A GiB, the same in every run.
result<test_tree> make_mixed_tree(const std::filesystem::path& where);

/// 100,000 files of some hundred bytes of text, as package managers leave them.
result<test_tree> make_small_tree(const std::filesystem::path& where);

/// Seconds that `tar | zstd -T0` takes until the archive is on disk.
result<double> pack_by_tar(const std::filesystem::path& tree,
                           const std::filesystem::path& archive);

struct unpack_times {
  double written = 0; ///< in seconds
  double synced = 0;  ///< until it is on disk
};

/// What `zstd -d | tar -x` takes into `where`, which stays: ext4 makes files
/// slowly where others have just gone.
result<unpack_times> unpack_by_tar(const std::filesystem::path& archive,
                                   const std::filesystem::path& where);

} // namespace berth::bench
