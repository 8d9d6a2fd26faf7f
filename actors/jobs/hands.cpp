#include "actors/jobs/hands.hpp"

#include <caf/actor_system.hpp>

namespace berth {

job_hands sandboxed_jobs(caf::actor_system& sys, job_deps deps) {
  return [&sys, deps = std::move(deps)]() -> job_actor {
    return sys.spawn(job, deps);
  };
}

} // namespace berth
