#pragma once

#include "model/error.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace berth::sys {

/// A process, as it was when we looked.
struct process_view {
  pid_t pid = 0;
  pid_t parent = 0;
  uint64_t start_time = 0; ///< tells it from a later one of the same number
  /// Of what it runs, in its own mount namespace. The kernel's word: nothing
  /// that a process says of itself counts.
  std::string program;
};

/// ESRCH if there is none.
result<process_view> look_at(pid_t pid);

/// Gives a process its share among those of its cgroup: -20 (most) to 19. Its
/// children begin at 0 whatever it has. ESRCH if it is another one meanwhile.
result<void> set_niceness(pid_t pid, uint64_t start_time, int niceness);

} // namespace berth::sys
