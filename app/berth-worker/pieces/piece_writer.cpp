#include "app/berth-worker/pieces/piece_writer.hpp"

#include <algorithm>
#include <set>

namespace berth::worker {

namespace {

/// Until all objects are known.
constexpr uint32_t own_object = UINT32_MAX;

uint64_t raw_bytes(std::span<const indexed_piece> run) {
  auto sum = uint64_t{0};
  for (const auto& each : run)
    sum += each.what.raw;
  return sum;
}

/// Where a piece is, without how it is used.
void place(piece& what, const piece& where) {
  what.object = where.object;
  what.offset = where.offset;
  what.packed = where.packed;
}

} // namespace

piece_writer::piece_writer(packed_output& out, const piece_index& known)
  : out_(out), known_(known), pool_([&known](const digest& bytes) {
      return known.find(bytes) != nullptr;
    }) {}

result<void> piece_writer::take(std::string_view bytes) {
  if (is_repeating_) {
    left_out_ += bytes.size();
    return {};
  }
  if (state_ == state::entries) {
    if (pending_.size() + bytes.size() > longest_piece)
      return make_error(ec::exhausted, "archive: too long a piece");
    pending_.append(bytes);
    return {};
  }
  while (!bytes.empty()) {
    auto is_cut = false;
    auto count = chunks_.take(bytes, is_cut);
    pending_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (!is_cut)
      continue;
    if (auto ok = put(0, true, {}); !ok)
      return ok;
    chunks_.begin();
  }
  return {};
}

result<void> piece_writer::cut(uint32_t entries, const digest& print) {
  return pending_.empty() ? result<void>{} : put(entries, false, print);
}

void piece_writer::begin_data() {
  state_ = state::data;
  chunks_.begin();
  data_begin_ = pieces_.size();
}

result<void> piece_writer::end_data(const digest& print) {
  state_ = state::entries;
  if (!pending_.empty())
    if (auto ok = put(0, true, {}); !ok)
      return ok;
  if (pieces_.size() > data_begin_)
    pieces_[data_begin_].print = print;
  return {};
}

void piece_writer::repeat(std::span<const indexed_piece> run,
                          const digest& print) {
  auto first = pieces_.size();
  for (const auto& each : run) {
    pieces_.push_back({each.what, {}});
    // A whole backup may have the same piece twice: who checks looks at the
    // place where everybody finds it.
    if (const auto* found = known_.find(each.what.sha256))
      place(pieces_.back().what, *found);
  }
  pieces_[first].print = print;
}

void piece_writer::begin_repeat() {
  left_out_ = 0;
  is_repeating_ = true;
}

result<void> piece_writer::end_repeat(std::span<const indexed_piece> run,
                                      const digest& print) {
  is_repeating_ = false;
  if (left_out_ != raw_bytes(run))
    return make_error(ec::data_loss, "index of pieces: of other files");
  repeat(run, print);
  return {};
}

result<void> piece_writer::put(uint32_t entries, bool is_data,
                               const digest& print) {
  auto fresh = indexed_piece{};
  fresh.what.entries = entries;
  fresh.what.is_data = is_data;
  fresh.print = print;
  under_way_.push_back(pieces_.size());
  pieces_.push_back(fresh);
  pool_.put(std::exchange(pending_, pool_.spare()));
  while (pool_.is_full())
    if (auto ok = drain_one(); !ok)
      return ok;
  return {};
}

result<void> piece_writer::drain_one() {
  auto frame = pool_.take();
  if (!frame)
    return frame.error();
  auto position = under_way_.front();
  under_way_.pop_front();
  auto& what = pieces_[position].what;
  what.raw = frame->raw;
  what.sha256 = frame->sha256;
  if (const auto* earlier = known_.find(frame->sha256)) {
    place(what, *earlier);
    needs_others_ = true;
    return {};
  }
  auto [found, is_new] = own_.try_emplace(frame->sha256, position);
  // What needs no other object is a tar for everybody: nothing is left out.
  if (!is_new && needs_others_) {
    place(what, pieces_[found->second].what);
    return {};
  }
  what.object = own_object;
  what.offset = out_.bytes();
  what.packed = static_cast<uint32_t>(frame->packed.size());
  return out_.put(frame->packed);
}

/// From the numbers of the index to those of the table.
void piece_writer::renumber() {
  auto used = std::set<uint32_t>{};
  for (const auto& each : pieces_)
    if (each.what.object != own_object)
      used.insert(each.what.object);
  needs_.assign(used.begin(), used.end());
  for (auto& each : pieces_) {
    // The own one is behind all others in both numberings.
    auto at = std::lower_bound(needs_.begin(), needs_.end(), each.what.object);
    each.what.object = static_cast<uint32_t>(at - needs_.begin());
  }
}

result<void> piece_writer::finish() {
  while (!pool_.is_empty())
    if (auto ok = drain_one(); !ok)
      return ok;
  renumber();
  auto table = piece_table{static_cast<uint32_t>(needs_.size()), {}};
  table.pieces.reserve(pieces_.size());
  for (const auto& each : pieces_)
    table.pieces.push_back(each.what);
  auto end = to_frames(table);
  if (!end)
    return end.error();
  return out_.put(*end);
}

piece_index piece_writer::index(std::span<const uint64_t> sizes) const {
  auto out = piece_index{static_cast<uint32_t>(needs_.size()), pieces_};
  auto bytes = out_.bytes();
  for (auto position : needs_)
    bytes += sizes[position];
  return out.is_wasteful(bytes) ? piece_index{} : out;
}

} // namespace berth::worker
