#include "core/s3/parts.hpp"

#include <algorithm>

namespace berth::s3 {

std::vector<file_range> cut_into_parts(uint64_t bytes, uint64_t wanted) {
  auto size = std::max(wanted, (bytes + most_parts - 1) / most_parts);
  auto out = std::vector<file_range>{};
  for (uint64_t at = 0; at < bytes || out.empty(); at += size)
    out.push_back({-1, at, std::min(size, bytes - at)});
  return out;
}

} // namespace berth::s3
