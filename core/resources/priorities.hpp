#pragma once

#include "sys/priority.hpp"

#include <vector>

namespace berth {

/// What a process of a workspace shall have.
struct priority_order {
  pid_t pid = 0;
  uint64_t start_time = 0;
  int niceness = 0;
  bool operator==(const priority_order&) const = default;
};

/// Those of a workspace's processes that make it answer while it is busy: its
/// init, which is `init`, the supervisor that this started, and the IDE that
/// the supervisor started. They are told by where they are in the tree and by
/// the program that the kernel says they run; what they call themselves does
/// not count.
std::vector<priority_order> priorities_of(const std::vector<sys::process_view>&,
                                          pid_t init);

} // namespace berth
