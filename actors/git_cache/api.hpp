#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace berth {

/// A mirror of a repository that a clone may take objects from.
struct git_mirror {
  std::string url;
  std::string directory; ///< bare; it stays as it is while it is held
};

/// Which of `wanted` have a mirror: those it answers with are held until they
/// are given back.
struct hold_mirrors {
  std::string owner; ///< what was fetched with credentials is only for him
  std::vector<cloned_repository> wanted;
};

struct held_mirrors {
  uint64_t number = 0; ///< to give them back by; 0: there are none
  std::vector<git_mirror> mirrors;
};

/// The clones are over. `broken`: one of them could not use what it was given,
/// which is thrown away.
struct give_back_mirrors {
  uint64_t number = 0;
  bool broken = false;
};

/// Fetches what is new in `which`, in the background: after its clone.
struct refresh_mirrors {
  std::string owner;
  std::vector<cloned_repository> which;
  initializer_secrets secrets; ///< theirs
};

/// Removes mirrors until they take no more than the settings allow and none is
/// too old; `all`: every one that nobody holds.
struct trim_mirrors {
  bool all = false;
};

struct mirrors_look {};

/// Mirrors of git repositories on this node. A clone that uses one is its own:
/// nothing of it depends on the mirror afterwards. A mirror that is missing,
/// old or broken costs time, never a clone.
using git_cache_actor
  = caf::typed_actor<caf::replies_to<hold_mirrors>::with<held_mirrors>,
                     caf::reacts_to<give_back_mirrors>,
                     caf::reacts_to<refresh_mirrors>,
                     caf::replies_to<trim_mirrors>::with<done>,
                     // Internal: time to trim by age.
                     caf::reacts_to<mirrors_look>>;

} // namespace berth

BERTH_MESSAGE(berth::hold_mirrors)
BERTH_MESSAGE(berth::held_mirrors)
BERTH_MESSAGE(berth::give_back_mirrors)
BERTH_MESSAGE(berth::refresh_mirrors)
BERTH_MESSAGE(berth::trim_mirrors)
BERTH_MESSAGE(berth::mirrors_look)
