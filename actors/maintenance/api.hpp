#pragma once

#include <caf/typed_actor.hpp>

namespace berth {

struct get_maintenance {};

struct maintenance {
  bool is_on = false;
};

/// Knows whether the node is under maintenance now, which it looks up each
/// time: what an operator wrote counts for the very next call.
using maintenance_actor
  = caf::typed_actor<caf::replies_to<get_maintenance>::with<maintenance>>;

} // namespace berth

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::get_maintenance)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(berth::maintenance)
