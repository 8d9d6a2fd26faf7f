#pragma once

#include "app/berth-worker/archive/tree_walk.hpp"
#include "app/berth-worker/pieces/piece.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace berth::worker {

/// By what entries of a tree are known again without being read: all that an
/// archive says of them but the bytes of files and, instead of those, which
/// inode it was and when that changed last. Nobody but root can set that time.
class entry_print {
public:
  /// What changed at `settled_before` (ns) or later may be changing still, and
  /// is not known again. `is_view`: the files are copies of those that count.
  explicit entry_print(int64_t settled_before, bool is_view = false);

  void begin();

  /// `link` as for `tree_packer::add_header`.
  result<void> add(const tree_entry&, const std::string& link);

  /// Of all since `begin`.
  digest all() const { return digest_of(text_); }
  /// Of the data of the one that came last.
  digest data_of_last() const { return of_data(last()); }

  /// What is printed of the one that came last.
  std::string_view last() const {
    return std::string_view{text_}.substr(last_);
  }
  /// Of the data of a file of which that is printed.
  static digest of_data(std::string_view printed);
  /// In `text` a file's print ends at `end`: it changed then.
  static void set_changed(std::string& text, size_t end, int64_t changed);

  /// Whether all since `begin` are known again, and whether the last one is.
  bool is_settled() const { return is_settled_; }
  bool last_is_settled() const { return last_is_settled_; }

private:
  int64_t settled_before_;
  bool is_view_;
  std::string text_;
  size_t last_ = 0; ///< where the last one begins
  bool is_settled_ = true;
  bool last_is_settled_ = true;
  std::vector<char> buffer_;
};

} // namespace berth::worker
