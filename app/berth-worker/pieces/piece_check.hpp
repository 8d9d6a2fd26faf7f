#pragma once

#include "app/berth-worker/archive/input.hpp"
#include "app/berth-worker/pieces/piece_index.hpp"
#include "app/berth-worker/pieces/piece_table.hpp"

#include <optional>
#include <span>
#include <vector>

namespace berth::worker {

/// What was found out about an object of pieces.
struct checked_pieces {
  uint64_t entries = 0;
  /// Which objects of the index it needs, ascending.
  std::vector<uint32_t> needs;
};

/// Compares the table of the object in `fd`, of `bytes` bytes, with the frames
/// that it was seen to have, and what it takes from elsewhere with the index
/// that knows of that; without one, that is taken as it is. Whatever differs is
/// `data_loss`.
result<checked_pieces> check_pieces(int fd, uint64_t bytes,
                                    std::span<const frame_seen> frames,
                                    const piece_index* known);

} // namespace berth::worker
