#pragma once

#include "app/berth-worker/pieces/piece_index.hpp"
#include "app/berth-worker/pieces/piece_table.hpp"

#include <span>
#include <string>

namespace berth::worker {

/// Where the header of an entry was in the tar.
struct restored_entry {
  std::string path;
  uint64_t offset = 0;
};

/// What the next backup should know of the tree below `root`, which was just
/// made of these entries and which nobody else writes to yet. When it returns,
/// the clock shows a later time than any file of the tree.
/// `failed_precondition` if the tree is not in the order of the archive, or if
/// its file system keeps no fractions of seconds.
result<piece_index> index_of_restored(int root, const piece_table&,
                                      std::span<const restored_entry>);

} // namespace berth::worker
