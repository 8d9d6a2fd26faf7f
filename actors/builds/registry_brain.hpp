#pragma once

#include "actors/builds/api.hpp"
#include "actors/builds/build.hpp"
#include "actors/message.hpp"

#include <string>

namespace berth {

/// A build that has been done for long.
struct build_outdated {
  std::string id;
};

/// The registry as its own family sees it.
using build_registry_brain
  = build_registry_actor::extend<caf::reacts_to<build_changed>,
                                 caf::replies_to<build_ended>::with<done>,
                                 // Internal: nobody will ask for it any more.
                                 caf::reacts_to<build_outdated>>;

} // namespace berth

BERTH_MESSAGE(berth::build_outdated)
