#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "sys/fd.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// The system actors: each wraps one kind of syscall, does one job on a thread
/// of its own, answers and quits. They know paths, ids and descriptors, and
/// nothing of workspaces.
namespace berth {

/// Ids 0..size-1 inside stand for host ids `start`..`start+size-1`.
struct id_range {
  uint32_t start = 0;
  uint32_t size = 65536;
};

// -- idmap -------------------------------------------------------------------

/// A user namespace with `range` mapped for both uids and gids.
struct make_userns {
  id_range range;
  std::string map = {}; ///< in place of the range: "INSIDE HERE SIZE" a line
};

/// Lives as long as somebody holds the descriptor.
struct userns {
  sys::shared_fd ns;
};

using idmap_actor
  = caf::typed_actor<caf::replies_to<make_userns>::with<userns>>;

// -- mount -------------------------------------------------------------------

/// An overlay of `layers` (top-most first) with a writable directory on top,
/// all shown through `owner`'s id mapping: files on disk keep ids 0..65535.
/// `upper` is a directory that holds (or gets) `upper/` and `work/`; id 0 of
/// `owner` is the first of `range` here.
struct join_layers {
  std::vector<std::string> layers;
  std::string upper;
  sys::shared_fd owner;
  id_range range;
};

/// A mount in no namespace: attach it, or let it go and it never was.
struct detached_root {
  sys::shared_fd mount;
};

using mount_actor
  = caf::typed_actor<caf::replies_to<join_layers>::with<detached_root>>;

// -- veth --------------------------------------------------------------------

/// A pair: `host_link` here with `gateway/30`, eth0 in the network namespace of
/// process `pid` with `address/30`, default route via `gateway`. Addresses in
/// host byte order. Done already: no change. Also brings `lo` up there.
struct connect_veth {
  int32_t pid = 0;
  std::string host_link;
  uint32_t gateway = 0;
  uint32_t address = 0;
};

/// A network namespace of nobody's yet, connected like that of a process. It
/// lasts as long as somebody holds the descriptor or a process is in it.
struct make_network {
  std::string host_link;
  uint32_t gateway = 0;
  uint32_t address = 0;
};

struct made_network {
  sys::shared_fd ns;
};

/// Removes a link of ours by name. One that is gone is no error.
struct remove_link {
  std::string host_link;
};

/// Every link on this host whose name starts with `prefix`.
struct list_links {
  std::string prefix;
};

struct link_names {
  std::vector<std::string> names;
};

using veth_actor
  = caf::typed_actor<caf::replies_to<connect_veth>::with<done>,
                     caf::replies_to<make_network>::with<made_network>,
                     caf::replies_to<remove_link>::with<done>,
                     caf::replies_to<list_links>::with<link_names>>;

// -- cgroup ------------------------------------------------------------------

/// Makes the parent cgroup `name` in every hierarchy we use (v1) or with all
/// controllers enabled (v2). There already: no change.
struct make_cgroup {
  std::string name; ///< "berth"
};

/// Makes cgroup `name` for processes, with these limits (0: none), and opens
/// its `cgroup.procs` in each hierarchy: whoever writes "0" there is in it.
struct open_cgroup {
  std::string name;
  uint64_t memory_bytes = 0;
  uint64_t cpu_min_millis = 0;
  uint64_t cpu_burst_millis = 0;
  uint64_t pids = 0;
};

struct opened_cgroup {
  std::vector<sys::shared_fd> doors;
};

/// Kills whatever runs in cgroup `name` and removes it with its children.
/// Gone already: no error.
struct remove_cgroup {
  std::string name; ///< "berth/berth-<id>"
};

/// How often cgroup `name` was held to its limits.
struct read_limit_hits {
  std::string name;
};

struct cgroup_limit_hits {
  uint64_t oom_kills = 0;
  uint64_t forks_refused = 0;
};

/// Pays in advance for the next move of a process into a cgroup, which waits
/// for an RCU grace period (10 to 20 ms) unless another move was just before.
struct warm_cgroups {};

/// Stops all processes in cgroup `name`; answered when they stand still. On an
/// error some may: thaw it.
struct freeze_cgroup {
  std::string name;
  std::chrono::milliseconds patience{};
};

/// Not frozen or gone: no error.
struct thaw_cgroup {
  std::string name;
};

/// Thaws what is frozen below cgroup `name`.
struct thaw_below {
  std::string name;
};

using cgroup_actor
  = caf::typed_actor<caf::replies_to<make_cgroup>::with<done>,
                     caf::replies_to<open_cgroup>::with<opened_cgroup>,
                     caf::replies_to<warm_cgroups>::with<done>,
                     caf::replies_to<freeze_cgroup>::with<done>,
                     caf::replies_to<thaw_cgroup>::with<done>,
                     caf::replies_to<thaw_below>::with<done>,
                     caf::replies_to<read_limit_hits>::with<cgroup_limit_hits>,
                     caf::replies_to<remove_cgroup>::with<done>>;

// -- file --------------------------------------------------------------------

/// Makes `path` with mode `mode` and its missing parents; there already: fine.
struct make_directory {
  std::string path;
  uint32_t mode = 0700;
  bool of_trees = false; ///< see sys::spread_directories
};

/// Replaces `path` with `bytes` in one step (temporary file, fsync, rename).
struct write_file {
  std::string path;
  std::string bytes;
  uint32_t mode = 0600;
};

/// Removes the tree at `path` without ever following a symlink or leaving its
/// file system: it may be a workspace's own. Gone already: no error.
struct remove_tree {
  std::string path;
};

/// Moves a tree within one file system; `to` must not exist.
struct move_tree {
  std::string from;
  std::string to;
};

using file_actor = caf::typed_actor<caf::replies_to<make_directory>::with<done>,
                                    caf::replies_to<write_file>::with<done>,
                                    caf::replies_to<remove_tree>::with<done>,
                                    caf::replies_to<move_tree>::with<done>>;

/// How to get a hand: each call spawns one that does one job. `app/berthd`
/// chooses detached ones, a test fakes.
struct kernel_hands {
  std::function<idmap_actor()> idmap;
  std::function<mount_actor()> mount;
  std::function<veth_actor()> veth;
  std::function<cgroup_actor()> cgroup;
  std::function<file_actor()> file;
};

} // namespace berth

BERTH_MESSAGE(berth::make_userns)
BERTH_MESSAGE(berth::userns)
BERTH_MESSAGE(berth::join_layers)
BERTH_MESSAGE(berth::detached_root)
BERTH_MESSAGE(berth::connect_veth)
BERTH_MESSAGE(berth::make_network)
BERTH_MESSAGE(berth::made_network)
BERTH_MESSAGE(berth::remove_link)
BERTH_MESSAGE(berth::list_links)
BERTH_MESSAGE(berth::link_names)
BERTH_MESSAGE(berth::make_cgroup)
BERTH_MESSAGE(berth::open_cgroup)
BERTH_MESSAGE(berth::opened_cgroup)
BERTH_MESSAGE(berth::warm_cgroups)
BERTH_MESSAGE(berth::freeze_cgroup)
BERTH_MESSAGE(berth::thaw_cgroup)
BERTH_MESSAGE(berth::thaw_below)
BERTH_MESSAGE(berth::remove_cgroup)
BERTH_MESSAGE(berth::read_limit_hits)
BERTH_MESSAGE(berth::cgroup_limit_hits)
BERTH_MESSAGE(berth::make_directory)
BERTH_MESSAGE(berth::write_file)
BERTH_MESSAGE(berth::remove_tree)
BERTH_MESSAGE(berth::move_tree)
