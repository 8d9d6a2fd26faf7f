#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"

#include <caf/typed_actor.hpp>

namespace berth {

/// Makes this host forward for our workspaces, and only what they may have:
/// packet filter rules and IPv4 forwarding. Again: the rules are made anew.
struct set_up_network {};

/// Takes back what `set_up_network` did. Other instances on this host keep
/// what they need. Only when none of our workspaces lives.
struct tear_down_network {};

/// The node's part of the workspaces' network; their links are the runtime's.
using network_actor
  = caf::typed_actor<caf::replies_to<set_up_network>::with<done>,
                     caf::replies_to<tear_down_network>::with<done>>;

} // namespace berth

BERTH_MESSAGE(berth::set_up_network)
BERTH_MESSAGE(berth::tear_down_network)
