#pragma once

#include "actors/message.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <memory>

namespace berth {

/// Somebody who watches workspaces. `offer` is called by the event bus for
/// stored changes, in order: for every phase, and for changes within one as
/// often as there is time; it queues and returns at once. Records are offered
/// even while nobody reads: a listener bounds its own queue and says `false`
/// when it is full or gone, upon which it hears nothing more.
class status_listener {
public:
  virtual ~status_listener() = default;
  virtual bool offer(const record_ptr&) = 0;
  /// Whether nobody listens any more. Asked with every change, so that one
  /// whose filter never matches again is let go too. Must be quick.
  virtual bool is_gone() const { return false; }
};

/// A change that is stored: told to every listener whose filter matches, unless
/// a newer one of the same phase comes before the bus gets to it.
struct publish {
  record_ptr record;
};

/// Registers first, then offers the newest record of every matching workspace,
/// so that no change is lost between the two.
struct subscribe {
  metadata_filter filter;
  std::shared_ptr<status_listener> listener;
};

/// The record is gone from the node; it is not replayed any more.
struct forget {
  std::string id;
};

/// Fan-out of status changes, in the order they were stored.
using event_bus_actor
  = caf::typed_actor<caf::reacts_to<publish>, caf::reacts_to<subscribe>,
                     caf::reacts_to<forget>>;

} // namespace berth

BERTH_MESSAGE(berth::publish)
BERTH_MESSAGE(berth::subscribe)
BERTH_MESSAGE(berth::forget)
