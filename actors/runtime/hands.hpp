#pragma once

#include "actors/message.hpp"
#include "actors/runtime/api.hpp"
#include "core/layout.hpp"
#include "core/oci/container_spec.hpp"
#include "sys/fd.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// The hands of the runtime: what it does with files and processes of its own.
/// Nobody outside this family needs them but who wires it.
namespace berth {

// -- bundle ------------------------------------------------------------------

/// Makes the directories and files of a container that is to be, over what a
/// former attempt left, and the pipe its monitor will speak through.
struct make_bundle {
  std::string id;
  container_spec spec;
  std::string resolv_conf, hosts;
  bool awaits_environment = false; ///< a pipe to its init, for `tell_init`
  bool asleep = false;             ///< its content is an empty directory
};

struct bundle {
  sys::shared_fd monitor_end; ///< for the monitor
  sys::shared_fd our_end;     ///< says what the monitor said
};

/// Waits until the monitor says that the container is created, and notes its
/// process down where `recall_container` finds it.
struct await_created {
  std::string id;
  sys::shared_fd our_end;
};

/// Tells the init of a container that awaits it the rest of its environment.
/// Replies when it is gone from the pipe.
struct tell_init {
  std::string id;
  std::vector<env_var> env;
};

/// Gives a container another host name, in its files and its namespace.
struct name_host {
  std::string id;
  container_ref container;
  std::string hostname, hosts;
};

/// The process.json of a further process in container `id`, for handing on.
/// `not_found` if there is no such container.
struct compose_exec {
  std::string id;
  exec_spec what;
};

/// `leash` goes to the process as descriptor 3; `leash_end` holds it.
struct composed_exec {
  sys::shared_fd process;
  sys::shared_fd leash;
  sys::shared_fd leash_end;
};

/// Replaces `authorized_keys` in the directory that container `id` shows as
/// `/.workspace`. `not_found` if there is no such container.
struct write_ssh_keys {
  std::string id;
  uint32_t root = 0; ///< what id 0 of files is on this machine
  std::vector<std::string> keys;
};

using bundle_actor
  = caf::typed_actor<caf::replies_to<make_bundle>::with<bundle>,
                     caf::replies_to<await_created>::with<container_ref>,
                     caf::replies_to<tell_init>::with<done>,
                     caf::replies_to<name_host>::with<done>,
                     caf::replies_to<compose_exec>::with<composed_exec>,
                     caf::replies_to<write_ssh_keys>::with<done>>;

// -- container ---------------------------------------------------------------

struct recall_container {
  std::string id;
};

struct recalled_container {
  std::optional<container_ref> container; ///< none: it was never created
};

/// To the container's init. One that is gone is no error.
struct signal_container {
  container_ref container;
  int signal = 0;
};

/// What is known of the end of a container whose process is gone. Waits until
/// its monitor has noted the exit code or is gone, too.
struct read_end {
  std::string id;
};

/// Waits until no monitor of container `id` is left, kills one that stays, and
/// removes what it wrote beyond the workspace's own directory.
struct end_monitor {
  std::string id;
};

/// Moves a container's monitor out of the service's cgroup, where a stop of the
/// service could end it.
struct settle_monitor {
  std::string id;
};

/// Ids of which anything is left on disk.
struct list_leftovers {};

struct leftovers {
  std::vector<std::string> ids;
  std::vector<std::string> logs; ///< retained ones
};

using container_actor = caf::typed_actor<
  caf::replies_to<recall_container>::with<recalled_container>,
  caf::replies_to<signal_container>::with<done>,
  caf::replies_to<read_end>::with<container_end>,
  caf::replies_to<end_monitor>::with<done>,
  caf::replies_to<settle_monitor>::with<done>,
  caf::replies_to<list_leftovers>::with<leftovers>>;

/// Each call spawns a hand that does one job.
struct runtime_hands {
  std::function<bundle_actor()> bundle;
  std::function<container_actor()> container;
};

/// The real ones, each job on a thread of its own.
runtime_hands detached_runtime_hands(caf::actor_system& sys,
                                     const layout& where);

} // namespace berth

BERTH_MESSAGE(berth::make_bundle)
BERTH_MESSAGE(berth::bundle)
BERTH_MESSAGE(berth::await_created)
BERTH_MESSAGE(berth::container_ref)
BERTH_MESSAGE(berth::tell_init)
BERTH_MESSAGE(berth::name_host)
BERTH_MESSAGE(berth::compose_exec)
BERTH_MESSAGE(berth::composed_exec)
BERTH_MESSAGE(berth::write_ssh_keys)
BERTH_MESSAGE(berth::recall_container)
BERTH_MESSAGE(berth::recalled_container)
BERTH_MESSAGE(berth::signal_container)
BERTH_MESSAGE(berth::read_end)
BERTH_MESSAGE(berth::end_monitor)
BERTH_MESSAGE(berth::settle_monitor)
BERTH_MESSAGE(berth::list_leftovers)
BERTH_MESSAGE(berth::leftovers)
