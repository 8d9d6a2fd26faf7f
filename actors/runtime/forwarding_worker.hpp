#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Whether this host forwards IPv4.
struct set_forwarding {
  bool on = false;
};

struct forwarding_set {
  bool was_on = false;
};

using forwarding_actor
  = caf::typed_actor<caf::replies_to<set_forwarding>::with<forwarding_set>>;

forwarding_actor::behavior_type forwarding_worker(forwarding_actor::pointer);

} // namespace berth

BERTH_MESSAGE(berth::set_forwarding)
BERTH_MESSAGE(berth::forwarding_set)
