#pragma once

#include "app/berth-worker/archive/tar_reader.hpp"
#include "app/berth-worker/archive/tree_walk.hpp"

#include <functional>
#include <string>
#include <vector>

namespace berth::worker {

struct extract_rules {
  /// A layer of an image: whiteouts are meant, set-id bits and file
  /// capabilities stay. Else content of a workspace, where they are ordinary
  /// names and do not.
  bool layer = false;
  bool keep_set_id = false; ///< of content that we archived ourselves
  identity parents{};       ///< who owns directories that have no entry
  /// Which entries are written; empty: all.
  std::function<bool(const std::string&)> wanted;
  std::function<void(uint64_t packed_bytes)> on_progress;
  /// Sees each entry below the root once it is made, a directory with the time
  /// that it will have; where its header was in the tar.
  std::function<void(const tree_entry&, const std::string& link,
                     uint64_t offset)>
    on_made;
};

struct extract_report {
  uint64_t bytes = 0;    ///< of regular files
  uint64_t left_out = 0; ///< the same, of those that were not wanted
  uint64_t skipped = 0;  ///< devices and other things that are not restored
  std::vector<std::string> opaque;
};

/// Writes the archive below `root`, whatever its names say: names that lead
/// out, or through a symbolic link, are `data_loss`. Hard links only to regular
/// files below `root`. Of duplicate names the last one wins. The archive's end
/// is reached but not checked: call `finish` on the reader.
result<extract_report> extract(tar_reader&, int root, const extract_rules&);

} // namespace berth::worker
