#include "app/berth-worker/pieces/restored_index.hpp"

#include "app/berth-worker/archive/file_parts.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

namespace berth::worker {

namespace {

/// Until what is written from now on gets another time than `time`; false if
/// that takes longer than a clock's tick.
bool outlive(int64_t time) {
  for (auto i = 0; i < 100; ++i) {
    auto now = timespec{};
    // The clock that file systems take their times from.
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec > time)
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return false;
}

/// Whether a walk comes to `a` before `b`: names by their bytes, and what is in
/// a directory before what is beside it.
bool is_before(std::string_view a, std::string_view b) {
  auto rank
    = [](char c) { return c == '/' ? 0 : 1 + static_cast<unsigned char>(c); };
  return std::lexicographical_compare(
    a.begin(), a.end(), b.begin(), b.end(),
    [rank](char x, char y) { return rank(x) < rank(y); });
}

} // namespace

bool restored_index::comes_next(const std::string& path) const {
  if (!entries_.empty() && !is_before(last_path_, path))
    return false;
  // It is in a directory that was told of: that of the last entry, or one above
  // that.
  auto slash = path.rfind('/');
  if (slash == path.npos)
    return true;
  auto parent = std::string_view{path}.substr(0, slash);
  if (parent == last_path_)
    return last_is_directory_;
  return last_path_.starts_with(parent) && last_path_[slash] == '/';
}

void restored_index::add(const tree_entry& entry, const std::string& link,
                         uint64_t offset) {
  if (!failure_ && !comes_next(entry.path))
    failure_ = make_error(ec::failed_precondition, "not the archive's order");
  if (failure_)
    return;
  print_.begin();
  if (auto ok = print_.add(entry, link); !ok) {
    failure_ = ok.error();
    return;
  }
  text_ += print_.last();
  auto changed = origin_of(entry.st).changed;
  auto is_file = S_ISREG(entry.st.st_mode);
  if (is_file && !link.empty())
    linked_[entry.st.st_ino] = changed;
  entries_.push_back({offset, text_.size(), is_file ? entry.st.st_ino : 0});
  last_path_ = entry.path;
  last_is_directory_ = S_ISDIR(entry.st.st_mode);
  has_fractions_ = has_fractions_ || entry.st.st_ctim.tv_nsec != 0;
  latest_ = std::max(latest_, changed);
}

std::string_view restored_index::text_of(size_t number) const {
  auto begin = number == 0 ? 0 : entries_[number - 1].end;
  return std::string_view{text_}.substr(begin, entries_[number].end - begin);
}

/// A new name changes the file, after its first name was told of.
void restored_index::update_links() {
  if (linked_.empty())
    return;
  for (const auto& entry : entries_)
    if (auto found = linked_.find(entry.inode); found != linked_.end())
      entry_print::set_changed(text_, entry.end, found->second);
}

std::vector<indexed_piece>
restored_index::print(const piece_table& table) const {
  auto out = std::vector<indexed_piece>{};
  out.reserve(table.pieces.size());
  auto end = uint64_t{0}; // of the piece, in the tar
  auto next = size_t{0};  // entry
  auto last = std::string_view{};
  for (const auto& what : table.pieces) {
    auto& piece = out.emplace_back(indexed_piece{what, {}});
    end += what.raw;
    if (what.is_data) {
      // At the first of a file's pieces, if its entry is known.
      if (!last.empty())
        piece.print = entry_print::of_data(std::exchange(last, {}));
      continue;
    }
    auto first = next;
    while (next < entries_.size() && entries_[next].offset < end)
      ++next;
    last = {};
    if (next == first || next - first != what.entries)
      continue;
    auto begin = first == 0 ? 0 : entries_[first - 1].end;
    piece.print = digest_of(
      std::string_view{text_}.substr(begin, entries_[next - 1].end - begin));
    last = text_of(next - 1);
  }
  return out;
}

result<piece_index> restored_index::make(const piece_table& table) {
  if (failure_)
    return failure_;
  if (!has_fractions_ && !entries_.empty())
    return make_error(ec::failed_precondition, "times in whole seconds");
  if (!outlive(latest_))
    return make_error(ec::failed_precondition, "times in the future");
  update_links();
  return piece_index{table.others, print(table)};
}

} // namespace berth::worker
