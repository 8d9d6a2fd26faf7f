#pragma once

#include "actors/message.hpp"
#include "actors/quarantine/api.hpp"

#include <caf/typed_actor.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

/// What the quarantine asks of the disk. Inside the family only.
namespace berth {

/// `measured`: with what each holds, which may take its time.
struct look_through {
  bool measured = false;
};

struct look_up {
  std::string name;
};

/// Notes that a content is safe in `backup`.
struct note_restored {
  std::string name;
  std::string backup;
  int64_t at_ns = 0;
};

struct delete_entry {
  std::string name;
};

/// Removes what an interrupted deletion left.
struct finish_deletions {};

/// One job on a thread of its own, then it quits.
using quarantine_hand
  = caf::typed_actor<caf::replies_to<look_through>::with<quarantine_listing>,
                     caf::replies_to<look_up>::with<quarantined_content>,
                     caf::replies_to<note_restored>::with<done>,
                     caf::replies_to<delete_entry>::with<done>,
                     caf::replies_to<finish_deletions>::with<done>>;

using quarantine_hands = std::function<quarantine_hand()>;

} // namespace berth

BERTH_MESSAGE(berth::look_through)
BERTH_MESSAGE(berth::look_up)
BERTH_MESSAGE(berth::note_restored)
BERTH_MESSAGE(berth::delete_entry)
BERTH_MESSAGE(berth::finish_deletions)
