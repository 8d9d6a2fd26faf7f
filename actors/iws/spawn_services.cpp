#include "actors/iws/door_worker.hpp"
#include "actors/iws/hands.hpp"
#include "actors/iws/mount_count_worker.hpp"
#include "actors/iws/workspace_services.hpp"

#include <caf/actor_system.hpp>

namespace berth {

workspace_services_actor spawn_workspace_services(
  caf::actor_system& sys, std::shared_ptr<const settings> all,
  service_store_actor store, std::shared_ptr<service_doors> doors,
  std::function<boot_time()> since_boot, std::vector<service_ptr> stored) {
  auto deps = services_deps{};
  deps.each.settings = all;
  deps.each.store = std::move(store);
  deps.each.hands = detached_iws_hands(sys, all->runtime.helper_dir);
  deps.each.mounts
    = [&sys] { return sys.spawn<caf::detached>(mount_count_worker); };
  deps.each.since_boot = std::move(since_boot);
  deps.doors = doors;
  deps.opener = [&sys, where = layout{*all}, doors] {
    return sys.spawn<caf::detached>(door_worker, where, doors);
  };
  return sys.spawn(workspace_services, std::move(deps), std::move(stored));
}

} // namespace berth
