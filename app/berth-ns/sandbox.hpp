#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace berth::ns {

/// `source` on the host, shown at `target` of the sandbox's root.
struct sandbox_bind {
  const char* source;
  const char* target;
  bool writable; ///< and shown through the user namespace's id mapping
};

/// A mount in no namespace, put at `target` of the sandbox's root.
struct sandbox_tree {
  int mount;
  const char* target;
};

struct sandbox_plan {
  int userns = -1;
  bool host_network = false;
  int netns = -1;           ///< to be entered; -1: none, or the host's
  std::vector<int> cgroups; ///< their `cgroup.procs`, opened for writing
  /// Its program makes containers itself: see `furnish_workshop`.
  bool is_workshop = false;
  std::vector<sandbox_bind> binds;
  std::vector<sandbox_tree> trees;
  std::vector<int> keep; ///< descriptors the program gets, sorted
  char** program = nullptr;
};

/// Replaces the root by one of our own: the host's programs and libraries
/// read-only, the plan's binds, private devices, an empty /tmp, a /proc of
/// nothing but processes. Needs a mount and a pid namespace of its own and
/// that the caller is process 1 of the latter.
void build_root(const sandbox_plan&);

/// Becomes user 0 of the user namespace, for good: no way back to the host's
/// ids or capabilities.
void enter_userns(int userns);

/// A whole /proc in the root that was built, without what it tells or lets
/// change of the machine, and an empty /sys.
void show_kernel();

/// After `enter_userns`: a mount namespace of the user namespace's own, in
/// which nothing that was mounted before can be taken off or uncovered, with
/// writable /run and /dev/shm. What makes containers may mount there.
void furnish_workshop();

/// Gives up, for good, what no worker needs: capabilities beyond those for
/// files, new privileges, core dumps, all descriptors but 0-2 and `keep`.
void confine(const std::vector<int>& keep);

/// The same for what makes containers: with the capabilities for that, all of
/// the user namespace only, and programs may change their user.
void confine_workshop(const std::vector<int>& keep);

/// Closes every descriptor above 2 that is not in the sorted `keep`.
void close_others(const std::vector<int>& keep);

} // namespace berth::ns
