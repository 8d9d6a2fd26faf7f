#pragma once

#include "app/berth-worker/archive/file_parts.hpp"
#include "app/berth-worker/archive/packer.hpp"
#include "app/berth-worker/archive/tree_walk.hpp"

#include <map>

namespace berth::worker {

/// Puts one entry of a tree after another into an archive.
class tree_packer {
public:
  explicit tree_packer(packer& out) : out_(out), buffer_(1024 * 1024) {}

  result<void> add(const tree_entry&);

  uint64_t entries() const { return entries_; }
  uint64_t bytes() const { return bytes_; } ///< of files, as read

private:
  using inode = std::pair<dev_t, ino_t>;

  result<void> add_file(const tree_entry&, archive_entry*);
  result<void> add_link(const tree_entry&, archive_entry*);
  result<void> add_xattrs(const tree_entry&, archive_entry*);
  result<void> copy(const tree_entry&, byte_range);

  packer& out_;
  std::vector<char> buffer_;
  std::map<inode, std::string> linked_; ///< first name of each hard-linked file
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

} // namespace berth::worker
