#pragma once

#include "core/s3/exchange.hpp"

#include <cstdint>
#include <vector>

/// What stores take: up to 5 TiB in an object, 10,000 parts of it, 5 GiB in a
/// request.
namespace berth::s3 {

inline constexpr uint64_t most_parts = 10'000;
inline constexpr uint64_t longest_request = uint64_t{5} << 30;
inline constexpr uint64_t longest_object = uint64_t{5} << 40;

/// `bytes` bytes, one range after the other: of `wanted` bytes each, or more
/// where those were too many parts. At least one range, which may be empty.
std::vector<file_range> cut_into_parts(uint64_t bytes, uint64_t wanted);

} // namespace berth::s3
