#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "actors/runtime/api.hpp"
#include "core/iws/id_map.hpp"
#include "core/workspace_peer.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// The in-workspace service: what a workspace asks of its node, over sockets of
/// its own. Everything here is said by code that nobody trusts.
namespace berth {

// -- what is asked -----------------------------------------------------------

/// Shows the container's root with ids as they are on disk, for a root of its
/// own to be made of. Once.
struct prepare_for_userns {
  answer<done> to;
};

struct write_id_mapping {
  int64_t pid = 0; ///< here and below: in the container's pid namespace
  bool gid = false;
  id_map map;
  answer<done> to;
};

/// Gives the workspace a cgroup that it may divide itself. Once.
struct evacuate_cgroup {
  answer<done> to;
};

/// The file systems that a nested container cannot mount itself.
enum class nested_fs : uint8_t { proc, sysfs, nfs };

struct mount_nested {
  nested_fs type = nested_fs::proc;
  int64_t pid = 0;
  std::string target;          ///< a path as that process sees it
  std::string source, options; ///< `nfs` only
  answer<done> to;
};

struct unmount_nested {
  nested_fs type = nested_fs::proc;
  int64_t pid = 0;
  std::string target;
  answer<done> to;
};

/// Joins that process's network namespace to the container's. Of one only.
struct set_up_pair_veths {
  int64_t pid = 0;
  answer<done> to;
};

struct torn_down {
  bool success = false;
};

/// Takes back what `prepare_for_userns` did. Once, when it succeeds.
struct tear_down {
  answer<torn_down> to;
};

/// The same for a workspace that is to be no more; as often as one likes.
/// Without `do_wipe` nothing is done.
struct tear_down_wiping {
  bool do_wipe = false;
  answer<torn_down> to;
};

/// Thousandths of a core, and bytes.
struct workspace_usage {
  int64_t cpu_used = 0, cpu_limit = 0;
  int64_t memory_used = 0, memory_limit = 0;
};

/// Never refused for being asked often: the last numbers are good for a second.
struct get_workspace_usage {
  answer<workspace_usage> to;
};

/// One container's. Calls that change something are done one after the other;
/// `exhausted` for a call that its limit does not allow, or that was done
/// already and is done once only. What counts for these is stored.
using workspace_service_actor = caf::typed_actor<
  caf::reacts_to<prepare_for_userns>, caf::reacts_to<write_id_mapping>,
  caf::reacts_to<evacuate_cgroup>, caf::reacts_to<mount_nested>,
  caf::reacts_to<unmount_nested>, caf::reacts_to<set_up_pair_veths>,
  caf::reacts_to<tear_down>, caf::reacts_to<tear_down_wiping>,
  caf::reacts_to<get_workspace_usage>>;

// -- where it is asked -------------------------------------------------------

struct service_door {
  std::string id; ///< the container's
  /// Gets `daemon.sock` and `info.sock`, in place of those there are.
  std::filesystem::path directory;
  container_mark mark; ///< whose processes may come in
  workspace_service_actor service;
};

/// The sockets of all workspaces. Thread-safe; `open` touches files, `close`
/// does not wait for anything.
class service_doors {
public:
  service_doors() = default;
  service_doors(const service_doors&) = delete;
  service_doors& operator=(const service_doors&) = delete;
  virtual ~service_doors() = default;

  virtual result<void> open(const service_door&) = 0;
  /// From here on nobody of that container is heard. None there: no effect.
  virtual void close(const std::string& id) = 0;
};

// -- all of them -------------------------------------------------------------

/// Serves a container that is created and not started yet. Recorded first.
struct open_service {
  std::shared_ptr<const container_plan> plan;
  container_ref container;
};

/// Answered when nothing of it is under way any more. None there: no error.
struct close_service {
  std::string id;
};

/// Closes all but those of the containers `known`.
struct sweep_services {
  std::vector<std::string> known;
};

/// What an earlier berthd served is served again from the start.
using workspace_services_actor
  = caf::typed_actor<caf::replies_to<open_service>::with<done>,
                     caf::replies_to<close_service>::with<done>,
                     caf::replies_to<sweep_services>::with<done>>;

} // namespace berth

BERTH_MESSAGE(berth::prepare_for_userns)
BERTH_MESSAGE(berth::write_id_mapping)
BERTH_MESSAGE(berth::evacuate_cgroup)
BERTH_MESSAGE(berth::mount_nested)
BERTH_MESSAGE(berth::unmount_nested)
BERTH_MESSAGE(berth::set_up_pair_veths)
BERTH_MESSAGE(berth::tear_down)
BERTH_MESSAGE(berth::tear_down_wiping)
BERTH_MESSAGE(berth::get_workspace_usage)
BERTH_MESSAGE(berth::open_service)
BERTH_MESSAGE(berth::close_service)
BERTH_MESSAGE(berth::sweep_services)
