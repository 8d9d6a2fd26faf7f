#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "core/iws/id_map.hpp"
#include "core/iws/nfs_request.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace berth::sys {
struct pinned_process; // sys/pinned.hpp
} // namespace berth::sys

/// The hands of the in-workspace service: what it does to the kernel on behalf
/// of code that nobody trusts. They check whatever a request says but how often
/// it is said: who may call, limits, once-only rules and records are the
/// service's.
///
/// Texts of errors name paths and numbers of this machine. They are for the
/// log; a caller hears the fixed text of its call. Every call ends within 30 s.
/// A hand that dies leaves nothing but what its reply would have reported.
namespace berth {

/// A workspace's container, as the kernel knows it.
struct workspace_container {
  container_kind kind = container_kind::own;
  container_ref init;
  std::string cgroup;    ///< relative to each hierarchy's root
  uint32_t first_id = 0; ///< `own`: of the workspace's range of 65536 ids
};

// -- process -----------------------------------------------------------------

/// Finds the process that `container`'s pid namespace calls `pid`. Whatever is
/// wrong gives one answer, `invalid_argument`: not a pid, no such process, a
/// thread, a zombie, not in the pid namespace or cgroup of the container, in
/// the mount or network namespace of this machine. `unavailable` if the
/// container itself is gone.
struct pin_process {
  workspace_container container;
  int64_t pid = 0;
};

/// The process and its namespaces, held by descriptors: it stays this one, dead
/// or alive. Hands that are given a dead one answer `invalid_argument`.
struct pinned {
  std::shared_ptr<const sys::pinned_process> process;
};

/// Writes the uid map (or gid map) of the user namespace of `target`, which
/// must be a child of the container's (`own`) or the machine's (`compatible`).
/// `invalid_argument`: a map that `check_id_map` refuses, or a dead target.
/// `failed_precondition`: a namespace without such a parent, or mapped already.
struct write_id_map {
  workspace_container container;
  pinned target;
  bool gid = false;
  id_map map; ///< as asked for
};

using iws_process_actor
  = caf::typed_actor<caf::replies_to<pin_process>::with<pinned>,
                     caf::replies_to<write_id_map>::with<done>>;

// -- mount -------------------------------------------------------------------

/// Puts device nodes net/tun and fuse (33333, 0666) and a file kmsg into the
/// container's /dev, and a view of its root file system, without what is
/// mounted on it, at /.workspace/mark: through a map that the stock client asks
/// for, ids there are those on disk. On an error there is no mark, and it can
/// be tried again. Done already: no change. `failed_precondition`: /dev of the
/// container is not as it was made.
struct prepare_mark {
  workspace_container container;
  std::string shared; ///< the directory that is /.workspace inside
};

/// Takes the mark away. A mark or a container that is gone is a success.
struct remove_mark {
  workspace_container container;
  bool even_if_busy = false; ///< of a workspace that is wiped
};

struct mark_removed {
  bool success = false; ///< false: somebody uses it
};

enum class kernel_fs { proc, sysfs, nfs };

/// Mounts /proc of `target`'s pid namespace or /sys of its network namespace,
/// masked and locked, at path `at` of `target`.
/// `invalid_argument`: not an absolute path to a directory, or one of /,
/// /.workspace, /dev and what is below /proc. `not_found`: nothing there.
/// `permission_denied`: `target` is in no user namespace of the workspace's.
/// `failed_precondition`: a mount there would show on this machine.
struct mount_kernel_fs {
  pinned target;
  kernel_fs type = kernel_fs::proc; ///< not `nfs`
  std::string at;
};

/// Takes away a mount of `type` at path `at` of `target`.
/// `not_found`: nothing is mounted there, or there is nothing.
/// `invalid_argument`: not a path, or a mount of another type or of a part.
/// `permission_denied`: /proc or /sys of `target` itself.
/// `failed_precondition`: the mount came from a namespace above.
struct unmount_fs {
  pinned target;
  kernel_fs type = kernel_fs::proc;
  std::string at;
};

/// Mounts an NFS export at path `at` of `target`, in whose network namespace
/// the connection is made. Errors as for `mount_kernel_fs`, and
/// `invalid_argument`: see `parse_nfs`; `permission_denied`: no host of
/// `policy`; `failed_precondition`: this kernel has no NFS; `timeout`: the
/// server does not answer; `unavailable`: no address for it, or it refuses.
struct mount_nfs {
  pinned target;
  std::string source;
  std::string at;
  std::string args;
  nfs_policy policy;
};

using iws_mount_actor
  = caf::typed_actor<caf::replies_to<prepare_mark>::with<done>,
                     caf::replies_to<remove_mark>::with<mark_removed>,
                     caf::replies_to<mount_kernel_fs>::with<done>,
                     caf::replies_to<unmount_fs>::with<done>,
                     caf::replies_to<mount_nfs>::with<done>>;

// -- network -----------------------------------------------------------------

/// Joins the network namespace of `target` to the container's: `veth0` there
/// with the first address of `subnet`, `eth0` in the target's with the second,
/// a default route, NAT in both directions for TCP and forwarding. No IPv6.
/// Done already for this target: no change. On an error nothing is left.
/// `invalid_argument`: a subnet without two usable addresses, or a dead target.
/// `permission_denied`: the target's namespace is the container's.
/// `failed_precondition`: it has an eth0 or default route of its own.
/// `already_exists`: another namespace of this workspace is joined.
struct join_network {
  workspace_container container;
  pinned target;
  std::string subnet = "10.0.5.0/30";
};

using iws_network_actor
  = caf::typed_actor<caf::replies_to<join_network>::with<done>>;

// -- cgroup ------------------------------------------------------------------

/// First half of the delegation (PrepareForUserNS): moves what runs in the
/// container's cgroup into its child `workspace`. On cgroup v1: no change.
/// `aborted`: processes come faster than they can be moved.
struct divide_cgroup {
  workspace_container container;
};

/// Second half (EvacuateCGroup): moves all of `workspace` into its child
/// `user`, and gives `workspace` to the workspace's user as the kernel's
/// contract for delegation says. On cgroup v1: no change.
/// `failed_precondition`: there is no `workspace`.
struct delegate_cgroup {
  workspace_container container;
};

/// What a workspace uses and may use, at one moment. Both cgroup versions.
/// `not_found` if it has no cgroup.
struct read_usage {
  std::string cgroup;
};

/// Two of these tell how much CPU is used: see `cpu_millis_between`.
struct usage_sample {
  std::chrono::nanoseconds at{};       ///< since some moment, steady
  std::chrono::nanoseconds cpu_time{}; ///< used since the cgroup was made
  uint64_t cpu_limit_millis = 0;
  uint64_t memory_bytes = 0; ///< without what the kernel could drop at once
  uint64_t memory_limit_bytes = 0;
};

using iws_cgroup_actor
  = caf::typed_actor<caf::replies_to<divide_cgroup>::with<done>,
                     caf::replies_to<delegate_cgroup>::with<done>,
                     caf::replies_to<read_usage>::with<usage_sample>>;

/// How to get a hand: each call spawns one that does one job.
struct iws_hands {
  std::function<iws_process_actor()> process;
  std::function<iws_mount_actor()> mount;
  std::function<iws_network_actor()> network;
  std::function<iws_cgroup_actor()> cgroup;
};

/// Thousandths of a core that were used from one sample to a later one; 0 if
/// nothing can be said.
uint64_t cpu_millis_between(const usage_sample& before,
                            const usage_sample& after);

} // namespace berth

BERTH_MESSAGE(berth::pin_process)
BERTH_MESSAGE(berth::pinned)
BERTH_MESSAGE(berth::write_id_map)
BERTH_MESSAGE(berth::prepare_mark)
BERTH_MESSAGE(berth::remove_mark)
BERTH_MESSAGE(berth::mark_removed)
BERTH_MESSAGE(berth::mount_kernel_fs)
BERTH_MESSAGE(berth::unmount_fs)
BERTH_MESSAGE(berth::mount_nfs)
BERTH_MESSAGE(berth::join_network)
BERTH_MESSAGE(berth::divide_cgroup)
BERTH_MESSAGE(berth::delegate_cgroup)
BERTH_MESSAGE(berth::read_usage)
BERTH_MESSAGE(berth::usage_sample)
