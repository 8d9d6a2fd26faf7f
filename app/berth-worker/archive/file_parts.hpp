#pragma once

#include "app/berth-worker/archive/tree_walk.hpp"
#include "model/error.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

/// What an archive or a copy keeps of a file beside its name and mode.
namespace berth::worker {

/// Of which file, in which state, another one is a copy.
struct file_origin {
  uint64_t inode = 0;
  int64_t changed = 0; ///< ctime, in ns
};

/// Of the file itself.
file_origin origin_of(const struct stat&);

/// What `note_origin` wrote; nothing if that was never called.
std::optional<file_origin> noted_origin(const tree_entry&);

/// Where the file system cannot keep it, it is not kept.
void note_origin(int fd, const file_origin&);

struct byte_range {
  int64_t begin, end;
};

/// Where the file has data; what lies between is a hole. Its size is the one
/// of `entry.st`, whatever it has become since.
result<std::vector<byte_range>> data_ranges(const tree_entry& entry);

/// Calls `visit` with each extended attribute that is kept: those of users, and
/// access control lists. `buffer` must have room for the longest value.
result<void> for_each_xattr(
  const tree_entry& entry, std::vector<char>& buffer,
  const std::function<result<void>(const char* name, std::string_view value)>&
    visit);

} // namespace berth::worker
