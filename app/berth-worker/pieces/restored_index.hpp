#pragma once

#include "app/berth-worker/archive/tree_walk.hpp"
#include "app/berth-worker/pieces/entry_print.hpp"
#include "app/berth-worker/pieces/piece_index.hpp"
#include "app/berth-worker/pieces/piece_table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace berth::worker {

/// Learns, while a tree is restored, what the next backup should know of it.
/// Nobody else writes to the tree.
class restored_index {
public:
  /// An entry that was just made, as a walk will see it once the tree is
  /// complete; where its header was in the tar. `link`: see `hard_links`.
  void add(const tree_entry&, const std::string& link, uint64_t offset);

  /// After the last one. When it returns, the clock shows a later time than any
  /// file of the tree. What went wrong in `add`; `failed_precondition` if a
  /// walk sees the tree in another order than the archive's, or if its file
  /// system keeps no fractions of seconds.
  result<piece_index> make(const piece_table&);

private:
  struct noted {
    uint64_t offset; ///< in the tar
    size_t end;      ///< of what is printed of it, in `text_`
    ino_t inode;     ///< of a file; else 0
  };

  bool comes_next(const std::string& path) const;
  std::string_view text_of(size_t number) const;
  void update_links();
  std::vector<indexed_piece> print(const piece_table&) const;

  entry_print print_{INT64_MAX};
  std::string text_; ///< of all entries, one after the other
  std::vector<noted> entries_;
  /// Files with several names, and when each changed last.
  std::unordered_map<ino_t, int64_t> linked_;
  std::string last_path_;
  bool last_is_directory_ = true; ///< the root is before all
  caf::error failure_;            ///< none: all that was added is known
  bool has_fractions_ = false;
  int64_t latest_ = 0;
};

} // namespace berth::worker
