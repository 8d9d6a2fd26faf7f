#include "core/layout.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace berth {

std::string layout::key() const {
  // FNV-1a, folded: stable over restarts, unlike std::hash.
  auto hash = uint32_t{2166136261};
  for (auto c : state_.native())
    hash = (hash ^ static_cast<uint8_t>(c)) * 16777619;
  auto text = std::array<char, 8>{};
  std::snprintf(text.data(), text.size(), "%04x", (hash >> 16 ^ hash) & 0xffff);
  return text.data();
}

} // namespace berth
