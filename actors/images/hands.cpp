#include "actors/images/hands.hpp"

#include "actors/images/layer_worker.hpp"

#include <caf/actor_system.hpp>

namespace berth {

image_deps detached_image_deps(caf::actor_system& sys,
                               std::shared_ptr<const settings> settings,
                               const kernel_hands& hands, job_hands jobs,
                               store_actor store) {
  auto deps = image_deps{};
  deps.settings = std::move(settings);
  deps.store = std::move(store);
  deps.layers = [&sys]() -> layer_actor {
    return sys.spawn<caf::detached>(layer_worker);
  };
  deps.file = hands.file;
  deps.job = std::move(jobs);
  return deps;
}

image_store_actor spawn_image_store(caf::actor_system& sys, image_deps deps,
                                    std::vector<stored_image> images) {
  return sys.spawn(image_store, std::move(deps), std::move(images));
}

} // namespace berth
