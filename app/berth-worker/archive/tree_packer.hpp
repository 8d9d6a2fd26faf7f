#pragma once

#include "app/berth-worker/archive/file_parts.hpp"
#include "app/berth-worker/archive/tar_writer.hpp"
#include "app/berth-worker/archive/tree_walk.hpp"

#include <map>

namespace berth::worker {

/// Which of several names of one file came first.
class hard_links {
public:
  /// Empty if it is the first one, or the only one.
  std::string first_name_of(const tree_entry&);

private:
  std::map<std::pair<dev_t, ino_t>, std::string> first_;
};

/// Puts one entry of a tree after another into an archive.
class tree_packer {
public:
  explicit tree_packer(tar_writer& out) : out_(out), buffer_(1024 * 1024) {}

  /// `link`: the name under which the file is in the archive already, or
  /// empty. Its data follows unless that is so.
  result<void> add_header(const tree_entry&, const std::string& link);

  /// Of the file whose header came last.
  result<void> add_data(const tree_entry&);

  /// The same for data that somebody else takes care of.
  result<void> pretend_data(const tree_entry&);

  uint64_t entries() const { return entries_; }
  uint64_t bytes() const { return bytes_; } ///< of files, as read

private:
  result<void> add_link(const tree_entry&, archive_entry*);
  result<void> add_xattrs(const tree_entry&, archive_entry*);
  result<void> add_ranges(const tree_entry&, archive_entry*);
  result<void> copy(const tree_entry&, byte_range);

  tar_writer& out_;
  std::vector<char> buffer_;
  std::vector<byte_range> ranges_; ///< what the last header told of data
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

/// Whether a file's data belongs into an archive, after its header.
bool has_data(const tree_entry&, const std::string& link);

} // namespace berth::worker
