#include "actors/kernel/hands.hpp"

#include "actors/kernel/cgroup_worker.hpp"
#include "actors/kernel/file_worker.hpp"
#include "actors/kernel/idmap_worker.hpp"
#include "actors/kernel/mount_worker.hpp"
#include "actors/kernel/veth_worker.hpp"

#include <caf/actor_system.hpp>

namespace berth {

kernel_hands detached_hands(caf::actor_system& sys,
                            const std::filesystem::path& helper_dir) {
  auto hands = kernel_hands{};
  hands.idmap = [&sys, helper = helper_dir / "berth-ns"] {
    return sys.spawn<caf::detached>(idmap_worker, helper);
  };
  hands.mount = [&sys] { return sys.spawn<caf::detached>(mount_worker); };
  hands.veth = [&sys] { return sys.spawn<caf::detached>(veth_worker); };
  hands.cgroup = [&sys] { return sys.spawn<caf::detached>(cgroup_worker); };
  hands.file = [&sys] { return sys.spawn<caf::detached>(file_worker); };
  return hands;
}

} // namespace berth
