#include "app/berthd/build_wiring.hpp"

#include "actors/builds/build_registry.hpp"
#include "actors/builds/cache_disk_worker.hpp"
#include "actors/builds/log_tap_worker.hpp"
#include "actors/content/disk_worker.hpp"
#include "actors/kernel/hands.hpp"
#include "actors/store/store_worker.hpp"
#include "actors/workspace/secrets_worker.hpp"
#include "core/network/resolvers.hpp"
#include "core/token.hpp"

namespace berth {

build_registry_actor spawn_builds(caf::actor_system& sys,
                                  const std::shared_ptr<const settings>& all,
                                  const household& house, const job_hands& jobs,
                                  std::vector<build_record> stored) {
  auto deps = build_deps{};
  deps.settings = all;
  deps.store = house.store;
  deps.logs = build_log_store(house.store);
  deps.resolver = house.resolver;
  deps.images = house.images;
  deps.archives = [&sys, storage = house.storage]() -> archive_opener_actor {
    return sys.spawn<caf::detached>(disk_worker, storage);
  };
  deps.job = jobs;
  deps.kernel = detached_hands(sys, all->runtime.helper_dir);
  deps.tap = [&sys] { return sys.spawn<caf::detached>(log_tap_worker); };
  deps.cache_disk = [&sys, where = layout{*all}.build_caches()] {
    return sys.spawn<caf::detached>(cache_disk_worker, where);
  };
  deps.secrets = [&sys, where = layout{*all}.of_builds()] {
    return sys.spawn<caf::detached>(secrets_worker, where);
  };
  deps.gauges = house.gauges;
  deps.name_servers = find_resolvers(*all);
  deps.now = []() -> wall_time { return std::chrono::system_clock::now(); };
  deps.new_id = make_uuid;
  return sys.spawn(build_registry, std::move(deps), std::move(stored));
}

} // namespace berth
