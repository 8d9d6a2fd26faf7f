#pragma once

#include "actors/answer.hpp"
#include "actors/caches/api.hpp"
#include "actors/message.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <string>

/// What the cache asks of the disk. Inside the family only.
namespace berth {

/// Removes what is half made or half removed.
struct list_mirrors {};

/// Notes that it is used now.
struct touch_mirror {
  std::string key;
};

/// The empty directory in which a mirror is made.
struct stage_mirror {
  std::string key;
};

/// Puts what was made there under its name, if it is not there already.
struct place_mirror {
  std::string key;
};

/// Half made or whole.
struct remove_mirror {
  std::string key;
};

/// One job on a thread of its own, then it quits.
using mirror_disk_actor
  = caf::typed_actor<caf::replies_to<list_mirrors>::with<cached_trees>,
                     caf::replies_to<touch_mirror>::with<done>,
                     caf::replies_to<stage_mirror>::with<done>,
                     caf::replies_to<place_mirror>::with<cached_tree>,
                     caf::replies_to<remove_mirror>::with<done>>;

using mirror_disk_hands = std::function<mirror_disk_actor()>;

} // namespace berth

BERTH_MESSAGE(berth::list_mirrors)
BERTH_MESSAGE(berth::touch_mirror)
BERTH_MESSAGE(berth::stage_mirror)
BERTH_MESSAGE(berth::place_mirror)
BERTH_MESSAGE(berth::remove_mirror)
