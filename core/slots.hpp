#pragma once

#include "model/settings.hpp"

#include <cstdint>
#include <optional>
#include <set>

namespace berth {

/// The numbers that live workspaces or sessions own: each stands for one id
/// range and, of a workspace, one subnet, and for nobody else's.
class slot_pool {
public:
  slot_pool() = default;
  slot_pool(uint32_t first, uint32_t size) : first_(first), size_(size) {}

  /// The lowest free one; nothing if all are taken.
  std::optional<uint32_t> take();
  /// Marks one as taken by a workspace of an earlier run.
  void claim(uint32_t slot) { taken_.insert(slot); }
  void give_back(uint32_t slot) { taken_.erase(slot); }

  uint32_t size() const { return size_; }

private:
  uint32_t first_ = 0;
  uint32_t size_ = 0;
  std::set<uint32_t> taken_;
};

/// How the id ranges of `runtime.uid_pool` are shared out, none to two:
///
///     | workspaces ... | builds | sessions: an eighth | of the node: last |
///
/// Workspaces and builds are no more than there are subnets. Records carry
/// their slots, so a restart knows which are taken.
slot_pool workspace_slots(const settings&);

/// Builds run as long as this process lives; some at once, and one on the
/// smallest node that has room for three workspaces.
slot_pool build_slots(const settings&);

/// Ids on disk are the same whatever the slot: a session has one only as long
/// as this process lives, as have its workers.
slot_pool session_slots(const settings&);

/// Of the range that is nobody's: for unpacking images and whatever else is
/// done for no workspace in particular.
uint32_t housekeeping_slot(const settings&);

} // namespace berth
