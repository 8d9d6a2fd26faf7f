#pragma once

#include "app/berth-worker/beneath.hpp"

#include <sys/stat.h>

#include <functional>
#include <string>
#include <vector>

namespace berth::worker {

/// One thing in a tree.
struct tree_entry {
  std::string path; ///< below the root
  struct stat st {};
  /// Open for reading for files and directories, a path only for links.
  int fd = -1;
};

/// Visits everything below `root` but the root, parents first, names in byte
/// order. Never follows a link and never enters another mount: a directory
/// that something is mounted on is left out. Sockets, pipes and devices are
/// left out, and so is what vanishes meanwhile; any other failure ends the
/// walk. Returns how many pipes and devices there were: sockets are nothing
/// without the program that made them.
result<uint64_t>
walk_tree(int root, const std::function<result<void>(const tree_entry&)>&);

} // namespace berth::worker
