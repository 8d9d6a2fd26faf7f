#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// A directory of things that can be made again, each a tree whose name is its
/// key. The time of a tree's top says when it was used: programs change what is
/// in it.
namespace berth {

struct cached_tree {
  std::string key;
  uint64_t bytes = 0;
  int64_t used_ns = 0; ///< since 1970
};

struct cached_trees {
  std::vector<cached_tree> trees;
};

/// Begin the names of what is half made, and of what is half removed.
inline constexpr auto cache_staging_prefix = ".staging-";
inline constexpr auto cache_trash_prefix = ".trash-";

result<cached_tree> look_at_cached(const std::filesystem::path& directory,
                                   const std::string& key);

/// Those whose keys are `digits` hex digits and whose sizes can be told.
/// Removes what is half made or half removed.
result<cached_trees> list_cached(const std::filesystem::path& directory,
                                 size_t digits);

/// Notes that it is used now.
result<void> touch_cached(const std::filesystem::path& directory,
                          const std::string& key);

/// Not there: no error. Afterwards its name is free, and a crash leaves no half
/// tree under it; what of the tree cannot be removed is left to `list_cached`.
result<void> remove_cached(const std::filesystem::path& directory,
                           const std::string& key);

} // namespace berth
