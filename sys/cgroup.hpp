#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace berth::sys {

/// How this machine offers cgroups.
struct cgroup_layout {
  /// Where hierarchies are mounted: every v1 one, or the one v2 one.
  std::vector<std::filesystem::path> roots;
  bool unified = false; ///< v2
};

/// What is mounted here. Beside v1 hierarchies a v2 one without controllers is
/// of no use and left out. `failed_precondition` if there are none.
result<cgroup_layout> find_cgroups();

/// Makes cgroup `name` ("a" or "a/b") in each hierarchy and passes the
/// controllers on to its children. There already: no change.
result<void> make_cgroup(const cgroup_layout&, const std::string& name);

/// Moves this process into the cgroup where it is. That changes nothing, but
/// the kernel's lock for moves stays cheap to take for some milliseconds.
result<void> move_nowhere(const cgroup_layout&);

/// Makes cgroup `name` in each hierarchy for processes: v2 lets none of its
/// children have controllers then. There already: no change.
result<void> make_leaf(const cgroup_layout&, const std::string& name);

/// Moves process `pid` into cgroup `name` of each hierarchy, which is made for
/// processes.
result<void> put_process(const cgroup_layout&, const std::string& name,
                         pid_t pid);

/// What the processes of a cgroup may use together; 0 is no limit.
struct cgroup_limits {
  uint64_t memory_bytes = 0;
  uint64_t cpu_min_millis = 0;   ///< thousandths of a core, guaranteed
  uint64_t cpu_burst_millis = 0; ///< at most so many
  uint64_t pids = 0;
};

/// Makes cgroup `name` for processes in each hierarchy, with its limits, and
/// opens its `cgroup.procs` there for writing. A limit that no hierarchy knows
/// is ENOENT.
result<std::vector<fd>> open_leaf_cgroup(const cgroup_layout&,
                                         const std::string& name,
                                         const cgroup_limits&);

/// Kills every process in cgroup `name` and below, waits for their end, and
/// removes it with its children. Gone already: no error. EBUSY if it is not
/// empty after `patience`.
result<void> remove_cgroup(const cgroup_layout&, const std::string& name,
                           std::chrono::milliseconds patience);

/// Stops every process in cgroup `name` and below; returns when all stand
/// still. `timeout` if they do not within `patience`: some may stand still
/// then, and `thaw_cgroup` is due all the same. `not_found` if it is gone.
result<void> freeze_cgroup(const cgroup_layout&, const std::string& name,
                           std::chrono::milliseconds patience);

/// Lets the processes of a frozen cgroup go on. Not frozen or gone: no error.
result<void> thaw_cgroup(const cgroup_layout&, const std::string& name);

/// Lets go on what is frozen below cgroup `name`.
result<void> thaw_below(const cgroup_layout&, const std::string& name);

} // namespace berth::sys
