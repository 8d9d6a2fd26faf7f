#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "core/content/quarantine_note.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace berth {

/// A content that no workspace has any more, kept for people to decide on.
struct quarantined_content {
  std::string name;
  quarantine_note note;
  uint64_t bytes = 0;
  uint64_t files = 0;
};

struct list_quarantine {};

struct quarantine_listing {
  std::vector<quarantined_content> contents; ///< oldest first
};

/// Makes a content the newest backup of its workspace; answered when that is
/// verified and stored. The content stays where it is. `failed_precondition`
/// while the workspace runs, or if nobody knows whose it is and `owner` and
/// `meta_id` do not say; `permission_denied` if they say something else.
struct restore_quarantined {
  std::string name;
  std::string owner;
  std::string meta_id;
  answer<std::string> to; ///< gets the qualified name of the backup
};

/// Deletes one for good.
struct remove_quarantined {
  std::string name;
  answer<done> to;
};

struct retention_due {};

/// Looks after the contents that are not known to be safe anywhere else. It
/// deletes by itself only those whose backup it has made, and these after
/// `content.quarantine_retention`.
using quarantine_actor
  = caf::typed_actor<caf::replies_to<list_quarantine>::with<quarantine_listing>,
                     caf::reacts_to<restore_quarantined>,
                     caf::reacts_to<remove_quarantined>,
                     // Internal: time to see which have been kept for long
                     // enough.
                     caf::reacts_to<retention_due>>;

} // namespace berth

BERTH_MESSAGE(berth::quarantined_content)
BERTH_MESSAGE(berth::list_quarantine)
BERTH_MESSAGE(berth::quarantine_listing)
BERTH_MESSAGE(berth::restore_quarantined)
BERTH_MESSAGE(berth::remove_quarantined)
BERTH_MESSAGE(berth::retention_due)
