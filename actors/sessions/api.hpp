#pragma once

#include "actors/answer.hpp"
#include "actors/content/api.hpp"
#include "actors/message.hpp"
#include "actors/workspace/api.hpp"
#include "model/session_record.hpp"

#include <caf/typed_actor.hpp>

#include <optional>
#include <string>

namespace berth {

/// Makes a session and fills its content. Both parts are checked in themselves;
/// `fill.id` is filled in here. `already_exists` for the id of a session or of
/// a workspace, `exhausted` if no id range is free, `not_found` for a snapshot
/// that is not stored, `internal` for an initializer that fails. After any
/// refusal but the first there is no such session. Answered when the content
/// is ready; who does not wait for that stops nothing.
struct init_session {
  session_record session;
  initialize_content fill;
  answer<done> to;
};

/// Answered when the content is ready: `failed_precondition` if it is on its
/// way out, `internal` if its initialization fails meanwhile.
struct await_session {
  std::string id;
  answer<done> to;
};

struct session_found {
  bool exists = false;
};

struct find_session {
  std::string id;
  answer<session_found> to;
};

/// Of ready content: `failed_precondition` else. As `take_snapshot`, but each
/// request gets a snapshot of its own.
struct snapshot_session {
  std::string id;
  bool return_immediately = false;
  answer<snapshot_taken> to;
};

/// As `backup_workspace`; also of content whose disposal failed.
struct backup_session {
  std::string id;
  answer<backup_taken> to;
};

struct session_disposed {
  std::optional<git_status> repo;
};

/// Ends a session and deletes its content, after a backup if one is asked for:
/// `data_loss` if that fails, `internal` if the deletion does. Both leave what
/// is there for another try. While it is initializing, a backup waits for the
/// content, and `failed_precondition` says that there is none to come; without
/// one the initialization is cancelled. Asked again while it is under way, the
/// outcome is shared.
struct dispose_session {
  std::string id;
  bool backup = false;
  bool backup_logs = false; ///< of a prebuild's tasks; good to have
  answer<session_disposed> to;
};

/// Contents that other managers than ours ask for, by instance id. Of the ids
/// of our workspaces, they are found, awaited, copied as by their manager, and
/// disposed of by nobody but that (`failed_precondition`). `not_found` for ids
/// that are nobody's. A session is on disk before its content is, and is found
/// again after a restart; one that was initializing then is not.
using content_sessions_actor = caf::typed_actor<
  caf::reacts_to<init_session>, caf::reacts_to<await_session>,
  caf::reacts_to<find_session>, caf::reacts_to<snapshot_session>,
  caf::reacts_to<backup_session>, caf::reacts_to<dispose_session>>;

} // namespace berth

BERTH_MESSAGE(berth::init_session)
BERTH_MESSAGE(berth::await_session)
BERTH_MESSAGE(berth::find_session)
BERTH_MESSAGE(berth::snapshot_session)
BERTH_MESSAGE(berth::backup_session)
BERTH_MESSAGE(berth::dispose_session)
