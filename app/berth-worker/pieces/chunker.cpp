#include "app/berth-worker/pieces/chunker.hpp"

#include "app/berth-worker/pieces/piece.hpp"

#include <algorithm>
#include <array>

namespace berth::worker {

namespace {

/// splitmix64: any fixed random numbers do.
constexpr std::array<uint64_t, 256> make_gears() {
  auto out = std::array<uint64_t, 256>{};
  auto state = uint64_t{0};
  for (auto& each : out) {
    state += 0x9e3779b97f4a7c15;
    auto z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    each = z ^ (z >> 31);
  }
  return out;
}

constexpr auto gears = make_gears();

/// The upper bits of the hash have seen the most bytes. More of them are asked
/// for before the usual length than behind it, so that lengths stay close.
constexpr uint64_t upper_bits(int count) {
  return ~uint64_t{0} << (64 - count);
}
constexpr auto mask_before = upper_bits(22);
constexpr auto mask_behind = upper_bits(18);

} // namespace

size_t chunker::take(std::string_view bytes, bool& is_cut) {
  // How many of these end where the chunk has so many bytes.
  auto until = [&](size_t size) {
    return std::min(bytes.size(), std::max(size, size_) - size_);
  };
  auto at = until(least_chunk);
  auto hash = hash_; // in a register: this is done for each byte
  auto seek = [&](size_t limit, uint64_t mask) {
    while (at < limit) {
      hash = (hash << 1) + gears[static_cast<unsigned char>(bytes[at++])];
      if ((hash & mask) == 0)
        return true;
    }
    return false;
  };
  is_cut = seek(until(usual_chunk - 1), mask_before)
           || seek(until(most_chunk), mask_behind);
  hash_ = hash;
  size_ += at;
  is_cut = is_cut || size_ >= most_chunk;
  return at;
}

} // namespace berth::worker
