#pragma once

#include "app/berth-worker/pieces/piece.hpp"
#include "model/error.hpp"

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace berth::worker {

/// What is known of the pieces of the newest backup: by their bytes, and by
/// what the files that they came from looked like.
class piece_index {
public:
  /// Knows nothing.
  piece_index() = default;

  /// `others` objects beside the newest backup's own one.
  piece_index(uint32_t others, std::vector<indexed_piece> pieces);

  /// `data_loss` unless it is what `write` wrote.
  static result<piece_index> read(int fd);

  /// In place of what is in the file. `object` is the sha256 of the newest
  /// backup.
  result<void> write(int fd, const std::string& object) const;

  bool is_empty() const { return pieces_.empty(); }

  /// Of so many objects, the newest backup's own one counted.
  size_t objects() const { return others_ + size_t{1}; }
  /// The newest backup's sha256, if it was read.
  const std::string& object() const { return object_; }

  const piece* find(const digest& bytes) const;

  /// A piece, and those that go on with its last entry, if they came from files
  /// of this print.
  std::span<const indexed_piece> find_run(const digest& print) const;

  /// Whether the objects, which have `bytes` bytes, are so many, or hold so
  /// much that nobody needs, that the next backup should be made of itself
  /// alone.
  bool is_wasteful(uint64_t bytes) const;

private:
  void arrange();

  uint32_t others_ = 0;
  std::string object_;
  std::vector<indexed_piece> pieces_;
  std::unordered_map<digest, size_t, hash_digest> by_bytes_, by_print_;
};

} // namespace berth::worker
