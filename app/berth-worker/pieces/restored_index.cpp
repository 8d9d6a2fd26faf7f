#include "app/berth-worker/pieces/restored_index.hpp"

#include "app/berth-worker/archive/tree_packer.hpp"
#include "app/berth-worker/pieces/entry_print.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <thread>

namespace berth::worker {

namespace {

/// Goes through pieces and entries side by side.
class printer {
public:
  printer(const piece_table& table, std::span<const restored_entry> entries)
    : entries_(entries) {
    for (const auto& each : table.pieces)
      pieces_.push_back({each, {}});
    if (!pieces_.empty())
      end_ = pieces_.front().what.raw;
    print_.begin();
  }

  result<void> add(const tree_entry& entry) {
    if (at_ == entries_.size() || entries_[at_].path != entry.path)
      return make_error(ec::failed_precondition, "not the archive's order");
    while (piece_ < pieces_.size() && entries_[at_].offset >= end_)
      close();
    ++at_;
    ++count_;
    latest_ = std::max(latest_, time_of(entry.st.st_ctim));
    has_fractions_ = has_fractions_ || entry.st.st_ctim.tv_nsec != 0;
    return print_.add(entry, links_.first_name_of(entry));
  }

  std::vector<indexed_piece> finish() {
    while (piece_ < pieces_.size())
      close();
    return std::move(pieces_);
  }

  int64_t latest() const { return latest_; }
  bool has_fractions() const { return has_fractions_ || count_ == 0; }

  static int64_t time_of(const timespec& time) {
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }

private:
  /// The piece, and those that go on with its last entry.
  void close() {
    auto is_whole = count_ > 0 && count_ == pieces_[piece_].what.entries;
    if (is_whole)
      pieces_[piece_].print = print_.all();
    next();
    if (is_whole && piece_ < pieces_.size() && pieces_[piece_].what.is_data)
      pieces_[piece_].print = print_.data_of_last();
    while (piece_ < pieces_.size() && pieces_[piece_].what.is_data)
      next();
    print_.begin();
    count_ = 0;
  }

  void next() {
    if (++piece_ < pieces_.size())
      end_ += pieces_[piece_].what.raw;
  }

  std::span<const restored_entry> entries_;
  std::vector<indexed_piece> pieces_;
  entry_print print_{std::numeric_limits<int64_t>::max()};
  hard_links links_;
  size_t at_ = 0;      ///< in `entries_`
  size_t piece_ = 0;   ///< the one that the entries are in
  uint64_t end_ = 0;   ///< of it, in the tar
  uint32_t count_ = 0; ///< of entries in it
  int64_t latest_ = 0;
  bool has_fractions_ = false;
};

/// Until what is written from now on gets another time than `time`; false if
/// that takes longer than a clock's tick.
bool outlive(int64_t time) {
  for (auto i = 0; i < 100; ++i) {
    auto now = timespec{};
    // The clock that file systems take their times from.
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (printer::time_of(now) > time)
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return false;
}

} // namespace

result<piece_index> index_of_restored(int root, const piece_table& table,
                                      std::span<const restored_entry> entries) {
  auto prints = printer{table, entries};
  auto walked = walk_tree(
    root, [&](const tree_entry& entry) { return prints.add(entry); });
  if (!walked)
    return walked.error();
  if (!prints.has_fractions())
    return make_error(ec::failed_precondition, "times in whole seconds");
  if (!outlive(prints.latest()))
    return make_error(ec::failed_precondition, "times in the future");
  return piece_index{table.others, prints.finish()};
}

} // namespace berth::worker
