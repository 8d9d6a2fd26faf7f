#include "actors/content/hands.hpp"

#include "actors/content/disk_worker.hpp"

#include <caf/actor_system.hpp>

namespace berth {

content_deps detached_content_deps(caf::actor_system& sys,
                                   std::shared_ptr<const settings> settings,
                                   const kernel_hands& hands, job_hands jobs,
                                   std::shared_ptr<object_storage> storage) {
  auto deps = content_deps{};
  deps.settings = std::move(settings);
  deps.disk = [&sys, storage = std::move(storage)]() -> disk_actor {
    return sys.spawn<caf::detached>(disk_worker, storage);
  };
  deps.file = hands.file;
  deps.job = std::move(jobs);
  return deps;
}

content_actor spawn_content(caf::actor_system& sys, content_deps deps) {
  return sys.spawn(content, std::move(deps));
}

} // namespace berth
