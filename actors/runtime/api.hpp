#pragma once

#include "actors/message.hpp"
#include "actors/process/api.hpp"
#include "model/image.hpp"
#include "model/settings.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

/// The seam between "what a workspace is" and "where it runs". Nothing above
/// it knows of containers on this node; a runtime that places workspaces
/// elsewhere would speak the same messages.
namespace berth {

/// All that a container is made of.
struct container_plan {
  std::string id;       ///< the instance id, or that of a ghost
  std::string hostname; ///< the meta id
  stored_image image;
  /// Becomes /workspace; ids on disk 0..65535. Not of a container asleep.
  std::string content_dir;
  uint32_t slot = 0; ///< id range and subnet
  container_kind kind = container_kind::own;
  workspace_class limits;
  std::vector<env_var> env; ///< complete, in order; later ones win
  /// Over `env`; told to the container's init alone, in no file.
  std::vector<env_var> secret_env;
  bool headless = false; ///< its init runs tasks
  /// Its init waits for `wake`. Its /workspace is an empty directory,
  /// `layout::place`, which may be moved and filled meanwhile.
  bool asleep = false;
};

/// Makes the container, starts it and joins it to the network. On an error
/// nothing of it is left.
struct launch {
  std::shared_ptr<const container_plan> plan;
};

struct launched {
  container_ref container;
  std::string address; ///< dotted IPv4
};

/// Makes a container that was launched asleep that of `plan`: host name and
/// environment. `plan->id` names it as it was launched.
struct wake {
  std::shared_ptr<const container_plan> plan;
  container_ref container;
};

/// What is known of a container's end.
struct container_end {
  /// Exit code of its init, 128+n if a signal ended it; nothing if it was lost
  /// (its monitor was killed too).
  std::optional<int> code;
  /// First 4096 bytes of its termination message.
  std::string termination_message;
};

/// Answered when the container ends; at once if it has. Works for containers
/// that an earlier berthd launched.
struct await_end {
  std::string id;
  container_ref container;
};

/// SIGTERM now, SIGKILL after `grace` unless it ended. Replies when no process
/// of it is left. A later one with a shorter grace shortens a running one. A
/// container that is gone is no error.
struct terminate {
  std::string id;
  std::chrono::nanoseconds grace{};
};

/// Removes all that `launch` made, whatever state it is in: container,
/// cgroup, link, bundle. Its log is retained. Again: no error.
struct release {
  std::string id;
  uint32_t slot = 0;
};

/// Lets no process of a live container run; answered when all stand still,
/// with an error if they do not after `patience`. Whatever the answer is,
/// `thaw` must follow. Commands that are to run in it wait for that.
struct freeze {
  std::string id;
  std::chrono::milliseconds patience{};
};

/// Not frozen or gone: no error.
struct thaw {
  std::string id;
};

/// Thaws what a crash left frozen; removes everything with our prefix that
/// belongs to none of `known`: what a crash left behind. `known` are the live
/// workspaces' ids and slots, `stopped` the ids of those whose logs are to
/// stay.
struct sweep {
  std::vector<std::pair<std::string, uint32_t>> known;
  std::vector<std::string> stopped;
};

/// The lines of `/.workspace/authorized_keys` inside a live container, in
/// place of those there are.
struct put_ssh_keys {
  std::string id;
  uint32_t slot = 0;
  std::vector<std::string> keys;
  container_kind kind = container_kind::own;
};

/// Runs a command inside a live container.
struct exec_plan {
  std::string id;
  std::vector<std::string> argv;
  std::vector<env_var> env;
  std::string cwd;  ///< empty: /workspace
  std::string user; ///< empty: the workspace user; "root"; "uid[:gid]"
  std::optional<window_size> terminal;
};

/// Starts an interactive session; input, resize and close go to the process
/// actor under `token`.
struct exec {
  std::string token;
  exec_plan plan;
  session_listener listener;
};

/// Where the container's output is: a file of lines in conmon's k8s-file
/// format. It is there once the container is made, and moves when that is
/// released.
struct get_log_path {
  std::string id;
};

struct log_path {
  std::string path;
  std::string retained; ///< where it is after `release`
};

/// Removes what `release` retained.
struct forget_log {
  std::string id;
};

using runtime_actor = caf::typed_actor<
  caf::replies_to<launch>::with<launched>, caf::replies_to<wake>::with<done>,
  caf::replies_to<await_end>::with<container_end>,
  caf::replies_to<terminate>::with<done>, caf::replies_to<release>::with<done>,
  caf::replies_to<freeze>::with<done>, caf::replies_to<thaw>::with<done>,
  caf::replies_to<sweep>::with<done>, caf::replies_to<put_ssh_keys>::with<done>,
  caf::replies_to<exec>::with<done>,
  caf::replies_to<get_log_path>::with<log_path>, caf::reacts_to<forget_log>>;

} // namespace berth

BERTH_MESSAGE(berth::launch)
BERTH_MESSAGE(berth::launched)
BERTH_MESSAGE(berth::wake)
BERTH_MESSAGE(berth::await_end)
BERTH_MESSAGE(berth::container_end)
BERTH_MESSAGE(berth::terminate)
BERTH_MESSAGE(berth::release)
BERTH_MESSAGE(berth::freeze)
BERTH_MESSAGE(berth::thaw)
BERTH_MESSAGE(berth::sweep)
BERTH_MESSAGE(berth::put_ssh_keys)
BERTH_MESSAGE(berth::exec)
BERTH_MESSAGE(berth::get_log_path)
BERTH_MESSAGE(berth::log_path)
BERTH_MESSAGE(berth::forget_log)
