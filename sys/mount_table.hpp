#pragma once

#include "model/error.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::sys {

/// One line of /proc/PID/mountinfo, names unescaped.
struct mount_entry {
  uint64_t id = 0;
  uint64_t parent = 0;
  std::string root;  ///< of the file system, what is shown at `point`
  std::string point; ///< relative to the process's root
  std::string options;
  std::string type;
  std::string source;
  std::string super_options;
};

/// The mounts that `pid` sees (0: the caller), in order.
result<std::vector<mount_entry>> mount_table(pid_t pid = 0);

/// Parses the text of a mountinfo file; `internal` if it is none.
result<std::vector<mount_entry>> parse_mount_table(std::string_view text);

} // namespace berth::sys
