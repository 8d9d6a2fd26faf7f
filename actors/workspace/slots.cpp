#include "actors/workspace/slots.hpp"

namespace berth {

std::optional<uint32_t> slot_pool::take() {
  auto candidate = uint32_t{0};
  for (auto taken : taken_) {
    if (taken != candidate)
      break;
    ++candidate;
  }
  if (candidate >= size_)
    return std::nullopt;
  taken_.insert(candidate);
  return candidate;
}

} // namespace berth
