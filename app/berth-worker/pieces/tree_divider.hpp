#pragma once

#include "app/berth-worker/archive/tree_packer.hpp"
#include "app/berth-worker/pieces/entry_print.hpp"
#include "app/berth-worker/pieces/piece_writer.hpp"

namespace berth::worker {

/// Where pieces of entries end: behind a big file's header, which its data
/// follows, and else now and then, by what names say and not by how many came
/// before.
class entry_cuts {
public:
  /// Whether a piece ends behind this entry.
  bool ends_with(const tree_entry&, const std::string& link);

private:
  size_t entries_ = 0;
  uint64_t bytes_ = 0;
};

/// Puts one entry of a tree after another into pieces, and reads only those
/// that the index does not know.
class tree_divider {
public:
  tree_divider(packed_output& out, const piece_index& known, entry_print how);

  result<void> open() { return tar_.open(); }
  result<void> add(const tree_entry&);
  /// The end marker and the table.
  result<void> finish();

  const piece_writer& pieces() const { return pieces_; }
  uint64_t entries() const { return entries_; }
  uint64_t bytes() const { return seen_; } ///< of files, read or not

private:
  struct held {
    tree_entry entry;
    std::string link;
    sys::fd file;
  };

  result<void> close_piece();
  result<void> write_piece(const digest& print, bool is_data_apart);
  result<void> add_data(const held&, const digest& print,
                        std::span<const indexed_piece> known);

  const piece_index& known_;
  piece_writer pieces_;
  tar_writer tar_;
  tree_packer tree_;
  hard_links links_;
  entry_print print_;
  entry_cuts cuts_;
  std::vector<held> held_; ///< of the piece that has begun
  uint64_t entries_ = 0;
  uint64_t seen_ = 0;
};

} // namespace berth::worker
