#pragma once

#include "actors/jobs/api.hpp"
#include "app/berthd/wiring.hpp"

#include <vector>

namespace berth {

/// The registry of builds with hands that work, in a house whose store, images
/// and resolver are there.
build_registry_actor spawn_builds(caf::actor_system&,
                                  const std::shared_ptr<const settings>&,
                                  const household&, const job_hands&,
                                  std::vector<build_record> stored);

} // namespace berth
