#pragma once

#include <vector>

namespace berth::ns {

/// A procfs or sysfs for a process of a workspace.
struct kernel_mount_plan {
  bool is_proc = true;
  int pid_ns = -1;  ///< whose processes a procfs shows
  int net_ns = -1;  ///< whose links a sysfs shows
  int user_ns = -1; ///< nobody in there may take the masks off
  std::vector<const char*> masked;
  std::vector<const char*> read_only;
};

/// Makes it in a mount namespace of our own and returns it detached, with its
/// masks locked. Whatever goes wrong, nothing is left.
int stage_kernel_mount(const kernel_mount_plan&);

} // namespace berth::ns
