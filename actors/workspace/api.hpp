#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "actors/runtime/api.hpp"
#include "model/adjustment.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace berth {

struct start_accepted {
  std::string url;
  std::string owner_token;
};

/// Admits a workspace. `spec` is checked in itself; here it is checked against
/// what is there: `already_exists` for a live instance or meta id,
/// `failed_precondition` for the id of a stopped one that is still visible,
/// `exhausted` for a full node, `invalid_argument` for an unknown class. Once
/// accepted it is on disk: the start survives a crash.
struct start_workspace {
  std::shared_ptr<const workspace_spec> spec;
  initializer_secrets secrets;
  answer<start_accepted> to;
};

/// The numbers are those of `wsman.StopWorkspacePolicy`.
enum class stop_policy : uint8_t { normally = 0, immediately = 1, abort = 2 };

/// Unknown ids are fine: who stops a workspace wants it gone. A harsher stop
/// shortens a running grace period.
struct stop_workspace {
  std::string id;
  stop_policy policy = stop_policy::normally;
  answer<done> to;
};

struct describe_workspace {
  std::string id;
  answer<record_ptr> to;
};

struct get_workspaces {
  metadata_filter filter;
  answer<std::vector<record_ptr>> to;
};

/// Somebody is using the workspace, or has closed it. A mark of one that has
/// stopped is accepted and changes nothing.
struct mark_active {
  std::string id;
  bool closed = false;
  bool ignore_if_active = false; ///< only a first mark counts
  answer<done> to;
};

/// Refused as `refusal_of` says; answered when the change is stored and, for
/// the keys of a running workspace, visible inside it.
struct adjust_workspace {
  std::string id;
  adjustment what;
  answer<done> to;
};

struct snapshot_taken {
  std::string url; ///< qualified name
};

/// Of a running workspace. Requests that come while one is being taken share
/// it.
struct take_snapshot {
  std::string id;
  /// Answered as soon as nothing but the loss of this machine's disk keeps it
  /// from being stored. Else answered when it is verified and stored.
  bool return_immediately = false;
  answer<snapshot_taken> to;
};

struct backup_taken {
  std::string url; ///< qualified name
};

/// The content as it is now becomes the newest backup; the workspace goes on.
/// `failed_precondition` unless it is up, or stopping and not yet backed up;
/// `data_loss` if the backup did not come to be. Requests that come while one
/// is being taken share it.
struct backup_workspace {
  std::string id;
  answer<backup_taken> to;
};

/// Runs a command in a running workspace; see `berth::exec`.
struct exec_in_workspace {
  std::string token;
  exec_plan plan;
  session_listener listener;
  answer<done> to;
};

/// The container's log file of a workspace that has one.
struct find_log {
  std::string id;
  answer<log_path> to;
};

/// No starts are accepted any more; running workspaces are left alone.
struct drain {
  answer<done> to;
};

/// The front desk: knows every workspace by id, admits new ones, owns their
/// actors. Answers `unavailable` to everything until recovery is through.
using workspace_manager_actor = caf::typed_actor<
  caf::reacts_to<start_workspace>, caf::reacts_to<stop_workspace>,
  caf::reacts_to<describe_workspace>, caf::reacts_to<get_workspaces>,
  caf::reacts_to<mark_active>, caf::reacts_to<adjust_workspace>,
  caf::reacts_to<take_snapshot>, caf::reacts_to<backup_workspace>,
  caf::reacts_to<exec_in_workspace>, caf::reacts_to<find_log>,
  caf::reacts_to<drain>>;

} // namespace berth

BERTH_MESSAGE(berth::start_workspace)
BERTH_MESSAGE(berth::stop_workspace)
BERTH_MESSAGE(berth::describe_workspace)
BERTH_MESSAGE(berth::get_workspaces)
BERTH_MESSAGE(berth::mark_active)
BERTH_MESSAGE(berth::adjust_workspace)
BERTH_MESSAGE(berth::take_snapshot)
BERTH_MESSAGE(berth::backup_workspace)
BERTH_MESSAGE(berth::exec_in_workspace)
BERTH_MESSAGE(berth::find_log)
BERTH_MESSAGE(berth::drain)
