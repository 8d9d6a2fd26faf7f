#pragma once

#include <cstdint>
#include <optional>
#include <set>

namespace berth {

/// The numbers that live workspaces own: each stands for one id range and one
/// subnet, and for nobody else's. Records carry theirs, so a restart knows
/// which are taken.
class slot_pool {
public:
  slot_pool() = default;
  explicit slot_pool(uint32_t size) : size_(size) {}

  /// The lowest free one; nothing if all are taken.
  std::optional<uint32_t> take();
  /// Marks one as taken by a workspace of an earlier run.
  void claim(uint32_t slot) { taken_.insert(slot); }
  void give_back(uint32_t slot) { taken_.erase(slot); }

  uint32_t size() const { return size_; }

private:
  uint32_t size_ = 0;
  std::set<uint32_t> taken_;
};

} // namespace berth
