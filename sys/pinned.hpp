#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace berth::sys {

/// A process, and where it was when it was pinned, held by descriptors: no
/// number is looked up again.
struct pinned_process {
  pid_t pid = -1; ///< for words, not for calls
  uint64_t start_time = 0;
  fd pidfd;
  fd dir;  ///< /proc/PID: its files are no other process's
  fd root; ///< its root directory, O_PATH
  fd user_ns, mount_ns, pid_ns, net_ns;
};

/// Pins process `pid` of this machine. ESRCH if it is not, or a zombie.
result<pinned_process> pin_process(pid_t pid);

/// The same for one that started at `start_time`: ESRCH for any other.
result<pinned_process> pin_process(pid_t pid, uint64_t start_time);

/// Pins the process that `container`'s pid namespace calls `pid`. It is in that
/// namespace or one below, in cgroup `cgroup` or below, and neither in the
/// mount nor in the network namespace of ours. Whatever is wrong,
/// `invalid_argument` with one and the same text.
result<pinned_process> pin_inside(const pinned_process& container,
                                  const std::string& cgroup, int64_t pid);

/// False once it has ended, even if nobody waited for it.
bool is_alive(const pinned_process&);

/// Whether two descriptors are of one namespace.
bool is_same_namespace(const fd&, const fd&);

/// Whether pid or user namespace `inner` is `outer` or below it.
bool descends_from(const fd& inner, const fd& outer);

/// Whether it is the namespace of its kind ("user", "mnt"...) that we are in.
bool is_our_namespace(const fd& ns, const char* kind);

/// The one above a pid or user namespace; EPERM if that is none of ours.
result<fd> parent_namespace(const fd& ns);

/// Whether a process (its /proc/PID) is in cgroup `name`, relative to a
/// hierarchy's root, or below it.
bool is_in_cgroup(const fd& process_dir, const std::string& name);

} // namespace berth::sys
