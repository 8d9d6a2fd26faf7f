#pragma once

#include "actors/answer.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// What builds ask of the disk about their caches. Inside the family only.
namespace berth {

struct cache_on_disk {
  std::string key;
  uint64_t bytes = 0;
  int64_t used_ns = 0; ///< since 1970
};

/// Removes what is half removed.
struct list_caches {};

struct cache_listing {
  std::vector<cache_on_disk> caches;
};

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
  = caf::typed_actor<caf::replies_to<list_caches>::with<cache_listing>,
                     caf::replies_to<measure_cache>::with<cache_on_disk>,
                     caf::replies_to<remove_cache>::with<done>>;

using cache_disk_hands = std::function<cache_disk_actor()>;

} // namespace berth

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::cache_on_disk)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::list_caches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::cache_listing)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::measure_cache)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::remove_cache)
