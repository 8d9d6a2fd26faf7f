#pragma once

#include "app/berth-worker/archive/acl.hpp"
#include "app/berth-worker/archive/file_parts.hpp"
#include "app/berth-worker/archive/tree_walk.hpp"

#include <map>
#include <string>
#include <vector>

namespace berth::worker {

/// Makes one entry of a tree after another anew below an empty directory that
/// nobody else writes to. Blocks of files are shared where the file system can.
class tree_copier {
public:
  /// `note_origins`: see `copy_job`.
  tree_copier(int root, bool note_origins)
    : root_(root), note_origins_(note_origins), buffer_(1024 * 1024) {}

  result<void> add(const tree_entry&);

  /// Gives directories their times, which writing into them changed.
  result<void> finish();

  uint64_t entries() const { return entries_; }
  uint64_t bytes() const { return bytes_; } ///< of files

private:
  struct late_times {
    std::string path;
    struct timespec mtime;
  };
  using inode = std::pair<dev_t, ino_t>;

  result<void> enter(const std::string& parent);
  result<void> add_directory(const tree_entry&, const std::string& name);
  result<void> add_symlink(const tree_entry&, const std::string& name);
  result<void> add_hard_link(const std::string& target,
                             const std::string& name) const;
  result<void> add_file(const tree_entry&, const std::string& name);
  result<void> fill(const tree_entry&, int to);
  result<void> copy(const tree_entry&, int to, byte_range);
  result<void> check_room(const tree_entry&) const;
  result<void> dress(const tree_entry&, int to);

  int root_;
  bool note_origins_;
  std::vector<char> buffer_;
  sys::fd parent_; ///< of the last entry; entries come a directory at a time
  std::string parent_path_;
  bool can_share_ = true; ///< until the file system says that it cannot
  std::map<inode, std::string> linked_; ///< first name of each hard-linked file
  bool hands_on_acls_ = false; ///< some directory may have a default one
  std::vector<late_times> directories_;
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

} // namespace berth::worker
