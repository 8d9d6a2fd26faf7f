#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "model/archive.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace berth {

/// Whose content.
struct content_id {
  std::string instance;
  std::string owner;
  std::string meta_id;
  uint32_t slot = 0; ///< the id range its worker runs in
};

/// "Cloning 42 %": for people, and for a progress bar where `total` is known.
struct content_progress {
  std::string what; ///< "clone", "restore", "archive", "upload", "verify"
  uint64_t done = 0;
  uint64_t total = 0; ///< 0: unknown
};

/// Fills an empty content directory: from the last backup of (owner, meta id)
/// if there is one, else by the initializer. Whatever a crashed attempt left is
/// thrown away first; the result becomes visible in one step.
struct initialize_content {
  content_id id;
  std::string initializer; ///< serialized, passwords extracted
  initializer_secrets secrets;
  bool is_empty = false;   ///< the initializer asks for nothing
  bool no_storage = false; ///< no backup and no archive is looked for
  /// Qualified names of the stored archives that the initializer reads.
  std::vector<std::string> snapshots; ///< each must be there, else `not_found`
  std::vector<std::string> prebuilds; ///< left out if not there
  /// Directories of this node that its file:// URLs name; shown to the worker,
  /// read-only, where the settings allow such URLs.
  std::vector<std::string> local_repositories;
  /// An empty directory that becomes the content's, so that a mount of it shows
  /// the content; empty: a new one.
  std::string place;
  uint64_t quota_bytes = 0; ///< of what it may ever hold; 0: no limit
  std::vector<cloned_repository> repositories; ///< that the initializer clones
  std::function<void(content_progress)> on_progress; ///< may only send messages
};

struct content_initialized {
  std::string directory;
  std::string source; ///< "from-backup", "from-prebuild" or "from-other"
  std::vector<initializer_metric> metrics;
  bool in_place = false; ///< it is in the `place` that was given
};

/// Stops an initialization; its request then fails with `cancelled`.
struct cancel_content {
  std::string instance;
};

/// Archives the content, verifies the archive and puts it into the storage.
/// Only after the reply may the local content be deleted. One that a crash
/// interrupted goes on by itself; who asks for it again joins it.
struct archive_content {
  content_id id;
  archive_purpose purpose = archive_purpose::final_backup;
  std::string checkout_location; ///< whose git status is reported; may be empty
  /// What writes to the content, if something does: it stands still while the
  /// content is copied.
  std::string container;
  /// Where the content is, if not where contents are.
  std::string directory;
  /// The logs of a prebuild's tasks are stored before; that they cannot be is
  /// logged and no failure of the archive.
  bool with_logs = false;
  /// Told the qualified name once it is sure that nothing but the loss of this
  /// machine's disk keeps it from being stored. May only send messages.
  std::function<void(const std::string& name)> on_secured = nullptr;
  /// Told, now and then, what it waits for: an attempt failed, or the storage
  /// does not answer. May only send messages.
  std::function<void(const std::string& why)> on_waiting = nullptr;
};

struct content_archived {
  std::string qualified_name; ///< <object>@<bucket>
  uint64_t bytes = 0;
  std::string sha256;
  std::optional<git_status> repo;
  bool consistent = true; ///< nothing wrote to the content while it was read
};

/// A last look at content that is not archived before it goes.
struct survey_content {
  content_id id;
  std::string checkout_location; ///< whose git status is reported; may be empty
  /// The logs of a prebuild's tasks are stored; that they cannot be is logged.
  bool with_logs = false;
};

struct content_surveyed {
  std::optional<git_status> repo;
};

/// Deletes local content for good. Gone already: no error.
struct discard_content {
  std::string instance;
};

/// Moves local content to the quarantine, with `why` beside it.
struct quarantine_content {
  content_id id;
  std::string why;
};

/// What a content holds; a file with several names counts once.
struct measure_content {
  std::string instance;
};

struct content_measured {
  uint64_t bytes = 0;
  bool is_limited = false; ///< the file system enforces its quota
};

/// Content directories whose instance is not in `known` go to the quarantine.
/// The first one also lets archives go on that an earlier berthd began; nothing
/// is frozen any more when it is sent.
struct sweep_content {
  std::vector<std::string> known;
};

/// Files of workspaces: filled, archived, deleted only when that is safe.
/// One operation at a time per instance; a second one waits for the first.
using content_actor = caf::typed_actor<
  caf::replies_to<initialize_content>::with<content_initialized>,
  caf::reacts_to<cancel_content>,
  caf::replies_to<archive_content>::with<content_archived>,
  caf::replies_to<survey_content>::with<content_surveyed>,
  caf::replies_to<discard_content>::with<done>,
  caf::replies_to<quarantine_content>::with<done>,
  caf::replies_to<measure_content>::with<content_measured>,
  caf::replies_to<sweep_content>::with<done>>;

} // namespace berth

BERTH_MESSAGE(berth::initialize_content)
BERTH_MESSAGE(berth::content_initialized)
BERTH_MESSAGE(berth::cancel_content)
BERTH_MESSAGE(berth::archive_content)
BERTH_MESSAGE(berth::content_archived)
BERTH_MESSAGE(berth::survey_content)
BERTH_MESSAGE(berth::content_surveyed)
BERTH_MESSAGE(berth::discard_content)
BERTH_MESSAGE(berth::quarantine_content)
BERTH_MESSAGE(berth::measure_content)
BERTH_MESSAGE(berth::content_measured)
BERTH_MESSAGE(berth::sweep_content)
