#pragma once

#include "actors/images/image_store.hpp"

#include <caf/fwd.hpp>

#include <memory>
#include <vector>

namespace berth {

/// The image store's real partners: disk jobs on threads of their own. `sys`
/// must outlive the result.
image_deps detached_image_deps(caf::actor_system& sys,
                               std::shared_ptr<const settings> settings,
                               const kernel_hands& hands, job_hands jobs,
                               store_actor store);

/// One a node. `images` is what the store knows.
image_store_actor spawn_image_store(caf::actor_system& sys, image_deps deps,
                                    std::vector<stored_image> images);

} // namespace berth
