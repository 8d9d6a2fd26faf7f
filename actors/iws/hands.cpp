#include "actors/iws/hands.hpp"

#include "actors/iws/cgroup_worker.hpp"
#include "actors/iws/mount_worker.hpp"
#include "actors/iws/network_worker.hpp"
#include "actors/iws/process_worker.hpp"

#include <caf/actor_system.hpp>

namespace berth {

iws_hands detached_iws_hands(caf::actor_system& sys,
                             const std::filesystem::path& helper_dir) {
  auto hands = iws_hands{};
  auto helper = helper_dir / "berth-ns";
  hands.process = [&sys, helper] {
    return sys.spawn<caf::detached>(iws_process_worker, helper);
  };
  hands.mount = [&sys, helper] {
    return sys.spawn<caf::detached>(iws_mount_worker, helper);
  };
  hands.network = [&sys, helper] {
    return sys.spawn<caf::detached>(iws_network_worker, helper);
  };
  hands.cgroup = [&sys] { return sys.spawn<caf::detached>(iws_cgroup_worker); };
  return hands;
}

} // namespace berth
