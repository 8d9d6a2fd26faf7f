#include "core/slots.hpp"

#include <algorithm>

namespace berth {

namespace {

/// All id ranges but the node's own.
uint32_t shared_ranges(const settings& settings) {
  constexpr uint32_t ids_each = 65536;
  return std::max(settings.runtime.uid_size / ids_each, uint32_t{1}) - 1;
}

/// Builds that run at once: more only share the processors.
constexpr uint32_t most_builds = 4;

uint32_t session_ranges(const settings& settings) {
  return shared_ranges(settings) / 8;
}

/// How many slots have both a range and a subnet of four addresses.
uint32_t connected_slots(const settings& settings) {
  auto bits = std::min<uint32_t>(settings.runtime.subnet_bits, 30);
  auto subnets = uint32_t{1} << std::min<uint32_t>(30 - bits, 31);
  return std::min(shared_ranges(settings) - session_ranges(settings), subnets);
}

uint32_t slots_of_builds(const settings& settings) {
  return std::min(connected_slots(settings) / 4, most_builds);
}

} // namespace

std::optional<uint32_t> slot_pool::take() {
  auto candidate = first_;
  for (auto taken : taken_) {
    if (taken != candidate)
      break;
    ++candidate;
  }
  if (candidate >= first_ + size_)
    return std::nullopt;
  taken_.insert(candidate);
  return candidate;
}

slot_pool workspace_slots(const settings& settings) {
  return {0, connected_slots(settings) - slots_of_builds(settings)};
}

slot_pool build_slots(const settings& settings) {
  auto count = slots_of_builds(settings);
  return {connected_slots(settings) - count, count};
}

slot_pool session_slots(const settings& settings) {
  auto count = session_ranges(settings);
  return {shared_ranges(settings) - count, count};
}

uint32_t housekeeping_slot(const settings& settings) {
  return shared_ranges(settings);
}

} // namespace berth
