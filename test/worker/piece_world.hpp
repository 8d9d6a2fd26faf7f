#pragma once

#include "test/worker/worker_process.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace berth::test {

/// Everything about every file below `root`, one line each, but what
/// initializers add.
std::string tree_text(const std::filesystem::path& root);

/// Backups in pieces of one content, one after the other, as a storage and an
/// index beside it keep them.
class piece_world {
public:
  struct object {
    std::filesystem::path path;
    archive_outcome made;
    std::vector<size_t> needs; ///< positions in `objects`
  };

  piece_world();

  /// Packs `source`, checks what came out, and remembers it as the newest.
  const object& back_up(std::optional<int64_t> settled_before = {});

  /// Restores a backup into the new directory `to`; what is known of it is then
  /// known of the newest, if it is that.
  worker_run restore(size_t which, const std::filesystem::path& to);

  /// A restore that must go well: what it made.
  std::string restored(size_t which);

  /// Goes on with a restored newest backup as content.
  void move_to_restored();

  temp_dir dir;
  std::filesystem::path source, index;
  bool is_view = false; ///< `source` is a copy
  std::vector<object> objects;

private:
  int made_ = 0;
};

/// Until files that are written now have another time than those before.
void await_tick(const std::filesystem::path& in);

} // namespace berth::test
