#pragma once

#include "actors/answer.hpp"
#include "actors/caches/api.hpp"
#include "actors/message.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <string>

/// What builds ask of the disk about their caches. Inside the family only.
namespace berth {

/// Removes what is half removed.
struct list_caches {};

/// Notes that it was used until now.
struct measure_cache {
  std::string key;
};

/// Not there: no error.
struct remove_cache {
  std::string key;
};

/// One job on a thread of its own, then it quits.
using cache_disk_actor
  = caf::typed_actor<caf::replies_to<list_caches>::with<cached_trees>,
                     caf::replies_to<measure_cache>::with<cached_tree>,
                     caf::replies_to<remove_cache>::with<done>>;

using cache_disk_hands = std::function<cache_disk_actor()>;

} // namespace berth

BERTH_MESSAGE(berth::list_caches)
BERTH_MESSAGE(berth::measure_cache)
BERTH_MESSAGE(berth::remove_cache)
