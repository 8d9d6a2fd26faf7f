#pragma once

#include "app/berth-worker/archive/packed_output.hpp"
#include "app/berth-worker/pieces/chunker.hpp"
#include "app/berth-worker/pieces/frame_pool.hpp"
#include "app/berth-worker/pieces/piece_index.hpp"
#include "app/berth-worker/pieces/piece_table.hpp"

#include <span>
#include <unordered_map>

namespace berth::worker {

/// Makes pieces of the bytes of a tar, and of those that are in earlier
/// objects no second time.
class piece_writer {
public:
  piece_writer(packed_output& out, const piece_index& known);

  /// The next bytes of the tar.
  result<void> take(std::string_view bytes);

  /// The bytes since the last cut are a piece.
  result<void> cut(uint32_t entries, const digest& print);

  /// Until `end_data` the bytes are those of a file, cut as they themselves
  /// say.
  void begin_data();
  result<void> end_data(const digest& print);

  /// Earlier pieces instead of bytes.
  void repeat(std::span<const indexed_piece> run, const digest& print);

  /// Until `end_repeat` the bytes stand for those of `run` and are left out.
  void begin_repeat();
  result<void> end_repeat(std::span<const indexed_piece> run,
                          const digest& print);

  /// Writes what is under way, and the table.
  result<void> finish();

  // After `finish`:
  /// Which objects that the index speaks of are needed, ascending.
  const std::vector<uint32_t>& needs() const { return needs_; }
  /// Of what was written; empty if the next backup should know nothing.
  /// `sizes` are those of the objects that the index speaks of.
  piece_index index(std::span<const uint64_t> sizes) const;

private:
  enum class state { entries, data };

  result<void> put(uint32_t entries, bool is_data, const digest& print);
  result<void> drain_one();
  void renumber();

  packed_output& out_;
  const piece_index& known_;
  frame_pool pool_;
  chunker chunks_;
  std::string pending_;
  std::vector<indexed_piece> pieces_;
  std::deque<size_t>
    under_way_; ///< positions in `pieces_` of what the pool has
  std::unordered_map<digest, size_t, hash_digest> own_;
  std::vector<uint32_t> needs_;
  bool needs_others_ = false; ///< so far
  state state_ = state::entries;
  bool is_repeating_ = false;
  uint64_t left_out_ = 0;
  size_t data_begin_ = 0;
};

} // namespace berth::worker
