#pragma once

#include "actors/content/content.hpp"

#include <caf/fwd.hpp>

#include <memory>

namespace berth {

/// The content actor's real partners: disk jobs on threads of their own.
/// `sys` must outlive the result.
content_deps detached_content_deps(caf::actor_system& sys,
                                   std::shared_ptr<const settings> settings,
                                   const kernel_hands& hands, job_hands jobs,
                                   std::shared_ptr<object_storage> storage);

/// One a node.
content_actor spawn_content(caf::actor_system& sys, content_deps deps);

} // namespace berth
