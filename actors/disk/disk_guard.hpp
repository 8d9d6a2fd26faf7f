#pragma once

#include "actors/builds/api.hpp"
#include "actors/disk/api.hpp"
#include "actors/git_cache/api.hpp"
#include "actors/message.hpp"
#include "core/metrics/housekeeping.hpp"
#include "model/settings.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace berth {

struct measure_disk {};

struct disk_room {
  uint64_t bytes = 0;
  uint64_t files = 0;
  bool counts_files = true;
};

/// One look on a thread of its own, then it quits.
using disk_gauge_actor
  = caf::typed_actor<caf::replies_to<measure_disk>::with<disk_room>>;

struct disk_guard_deps {
  std::shared_ptr<const berth::settings> settings;
  std::function<disk_gauge_actor()> gauge;
  git_cache_actor cache; ///< trimmed first
  std::shared_ptr<housekeeping> gauges = std::make_shared<housekeeping>();
  build_registry_actor builds; ///< so are its layers
};

class disk_guard_state {
public:
  static inline const char* name = "disk_guard";

  disk_guard_state() {}

  void take_charge(disk_guard_actor::pointer self, disk_guard_deps deps);
  caf::typed_response_promise<done> admit();
  void look();

private:
  using judgement = std::function<void(const std::string& shortage)>;

  /// Says what is missing when all has been done that can be.
  void measure(bool may_trim, judgement then);
  void make_room(std::function<void()> then);
  std::string shortage_of(const disk_room&) const;
  void note(const disk_room&, const std::string& shortage);

  disk_guard_actor::pointer self_ = nullptr;
  disk_guard_deps deps_;
  std::string shortage_; ///< as it was last said
};

disk_guard_actor::behavior_type
disk_guard(disk_guard_actor::stateful_pointer<disk_guard_state> self,
           disk_guard_deps deps);

} // namespace berth

BERTH_MESSAGE(berth::measure_disk)
BERTH_MESSAGE(berth::disk_room)
