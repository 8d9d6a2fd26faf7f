#pragma once

#include "actors/answer.hpp"
#include "actors/content/api.hpp"
#include "actors/content/sources_api.hpp"
#include "actors/message.hpp"
#include "core/content/quarantine_note.hpp"
#include "core/objects/object_storage.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What the content family asks of the disk. Inside the family only.
namespace berth {

/// Was this content directory filled by a finished initialization?
struct find_content {
  std::string directory;
};

struct found_content {
  bool is_there = false;
  std::optional<content_initialized> ready; ///< what its ready file says
};

/// Opens what an initialization reads: the last backup if there is one, and
/// what is `named`.
struct open_sources {
  content_id id;
  open_archives named;
  bool no_storage = false; ///< of these, only `named.local` is opened
  /// Where what is known of the pieces of backups is kept; empty: nowhere.
  std::string pieces;
};

struct content_sources : opened_archives {
  std::optional<opened_source> backup;
  sys::shared_fd new_index; ///< staged under the instance's name, or null
};

/// Makes `live` what the empty initializer makes of it, in one step from
/// `staging` beside it.
struct fill_empty {
  std::string staging;
  std::string live;
  uint64_t quota_bytes = 0; ///< 0: no limit
};

/// Makes the empty directory in which a content is filled, limited where the
/// file system can.
struct make_content_root {
  std::string path;
  uint64_t quota_bytes = 0; ///< 0: no limit
};

/// What a content holds.
struct weigh_content {
  std::string directory;
};

/// A place for an archive of `directory`; `failed_precondition` if there is no
/// such content.
struct stage_archive {
  std::string directory;
  std::string name; ///< of the staged file; unique on this node
  /// Given: it is made of pieces; where what is known of them is kept.
  std::optional<std::string> pieces = {};
  object_owner of = {};
  /// Nothing will ask for what is known of it: the content goes.
  bool is_final = true;
  bool is_view = false; ///< nothing writes to it, and it was synced before
};

/// What an archive in pieces begins with.
struct staged_pieces {
  sys::shared_fd index;              ///< of the newest backup; null: none
  std::vector<archive_part> objects; ///< that the index speaks of
  std::string sha256;                ///< of the last one of these
  sys::shared_fd new_index;          ///< null: nobody will ask for it
  int64_t settled_before = 0;
};

/// With a pipe through which who fills it tells who checks it.
struct staged_archive {
  std::shared_ptr<const staged_object> object;
  sys::shared_fd tell, listen;
  std::optional<staged_pieces> pieces = {};
};

/// Makes what was staged as `name` what is known of the backup `object`, in
/// place of all that `directory` has. What is empty, or not there, is not kept.
struct keep_index {
  std::string directory;
  std::string name;
  std::string object;
};

/// What an earlier berthd staged; `not_found` if that is gone.
struct reopen_archive {
  archive_record archive;
};

struct reopened_archive {
  std::shared_ptr<const staged_object> object; ///< null: it is published
  std::string qualified_name;                  ///< if it is
};

/// Puts a staged archive on disk.
struct settle_archive {
  std::shared_ptr<const staged_object> object;
};

/// Puts a view, or a content, on disk.
struct settle_view {
  std::string directory;
};

/// Published already: no change.
struct publish_archive {
  archive_record archive;
  std::shared_ptr<const staged_object> object;
};

struct published_archive {
  std::string qualified_name;
};

/// Whether the storage answers.
struct probe_storage {};

/// Puts the task logs in `directory`, a content, into the storage.
struct store_logs {
  content_id id;
  std::string directory;
};

/// Removes what is staged. Nothing is: no error.
struct drop_staged {
  std::string name;
};

/// Takes a directory away from its name, to `to`. Gone already: no error.
struct take_away {
  std::string from;
  std::string to;
};

/// Moves a directory to `<to>/content`, with `to`/why.json beside it. Gone
/// already: no error.
struct set_aside {
  std::string from;
  std::string to;
  quarantine_note note;
};

/// Makes the empty directory `place` the staging directory of a content. Not
/// synced: nothing is in it.
struct take_place {
  std::string place;
  std::string staging;
  uint64_t quota_bytes = 0; ///< refused if it could be limited, which it is not
};

struct list_content {
  std::string directory;
};

struct content_listing {
  std::vector<std::string> instances;
  std::vector<std::string> leftovers; ///< instances with staging or trash
};

/// Removes what is staged, and views in `views`, under other names,
/// and what is known of the pieces of backups that are long past.
struct clean_storage {
  std::set<std::string> keep;
  std::string views;
  std::string pieces;
};

/// One job on a thread of its own, then it quits.
using disk_actor
  = caf::typed_actor<caf::replies_to<find_content>::with<found_content>,
                     caf::replies_to<open_sources>::with<content_sources>,
                     caf::replies_to<open_archives>::with<opened_archives>,
                     caf::replies_to<fill_empty>::with<done>,
                     caf::replies_to<make_content_root>::with<done>,
                     caf::replies_to<weigh_content>::with<content_measured>,
                     caf::replies_to<stage_archive>::with<staged_archive>,
                     caf::replies_to<reopen_archive>::with<reopened_archive>,
                     caf::replies_to<keep_index>::with<done>,
                     caf::replies_to<settle_archive>::with<done>,
                     caf::replies_to<settle_view>::with<done>,
                     caf::replies_to<publish_archive>::with<published_archive>,
                     caf::replies_to<probe_storage>::with<done>,
                     caf::replies_to<store_logs>::with<done>,
                     caf::replies_to<drop_staged>::with<done>,
                     caf::replies_to<take_away>::with<done>,
                     caf::replies_to<set_aside>::with<done>,
                     caf::replies_to<take_place>::with<done>,
                     caf::replies_to<list_content>::with<content_listing>,
                     caf::replies_to<clean_storage>::with<done>>;

using disk_hands = std::function<disk_actor()>;

/// The coarsest clock of a file system, and more: what changed so long before
/// a moment has another time than what changes after it.
inline constexpr auto settling_time
  = std::chrono::nanoseconds{std::chrono::seconds{2}};

/// Names of what is on its way in and out, beside the contents themselves.
inline constexpr std::string_view staging_prefix = ".staging-";
inline constexpr std::string_view trash_prefix = ".trash-";

} // namespace berth

BERTH_MESSAGE(berth::find_content)
BERTH_MESSAGE(berth::found_content)
BERTH_MESSAGE(berth::open_sources)
BERTH_MESSAGE(berth::content_sources)
BERTH_MESSAGE(berth::fill_empty)
BERTH_MESSAGE(berth::make_content_root)
BERTH_MESSAGE(berth::weigh_content)
BERTH_MESSAGE(berth::stage_archive)
BERTH_MESSAGE(berth::staged_archive)
BERTH_MESSAGE(berth::reopen_archive)
BERTH_MESSAGE(berth::reopened_archive)
BERTH_MESSAGE(berth::keep_index)
BERTH_MESSAGE(berth::settle_archive)
BERTH_MESSAGE(berth::settle_view)
BERTH_MESSAGE(berth::publish_archive)
BERTH_MESSAGE(berth::published_archive)
BERTH_MESSAGE(berth::probe_storage)
BERTH_MESSAGE(berth::store_logs)
BERTH_MESSAGE(berth::drop_staged)
BERTH_MESSAGE(berth::take_away)
BERTH_MESSAGE(berth::set_aside)
BERTH_MESSAGE(berth::take_place)
BERTH_MESSAGE(berth::list_content)
BERTH_MESSAGE(berth::content_listing)
BERTH_MESSAGE(berth::clean_storage)
