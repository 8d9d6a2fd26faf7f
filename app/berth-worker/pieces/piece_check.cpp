#include "app/berth-worker/pieces/piece_check.hpp"

#include <unordered_map>

namespace berth::worker {

namespace {

caf::error bad_table(const char* how) {
  return make_error(ec::data_loss,
                    std::string{"archive: its table of pieces "} + how);
}

/// Two blocks of zeros.
const piece* end_marker_of(const piece_table& table) {
  static const auto zeros = digest_of(std::string(1024, '\0'));
  if (table.pieces.empty() || table.pieces.back().sha256 != zeros)
    return nullptr;
  return &table.pieces.back();
}

bool is_at(const piece& a, const piece& b) {
  return a.offset == b.offset && a.packed == b.packed && a.raw == b.raw;
}

/// Own pieces are the frames, each at least once and in their order.
class own_pieces {
public:
  explicit own_pieces(std::span<const frame_seen> frames) : frames_(frames) {}

  bool take(const piece& what) {
    auto found = seen_.find(what.offset);
    if (found == seen_.end()) {
      while (at_ < frames_.size() && frames_[at_].raw == 0)
        ++at_; // a skipped one
      if (at_ == frames_.size())
        return false;
      found = seen_.emplace(frames_[at_].offset, &frames_[at_]).first;
      ++at_;
    }
    const auto& frame = *found->second;
    return frame.offset == what.offset && frame.packed == what.packed
           && frame.raw == what.raw && frame.sha256 == to_hex(what.sha256);
  }

  bool are_all() const {
    for (auto i = at_; i < frames_.size(); ++i)
      if (frames_[i].raw != 0)
        return false;
    return true;
  }

private:
  std::span<const frame_seen> frames_;
  std::unordered_map<uint64_t, const frame_seen*> seen_;
  size_t at_ = 0;
};

} // namespace

result<checked_pieces> check_pieces(int fd, uint64_t bytes,
                                    std::span<const frame_seen> frames,
                                    const piece_index* known) {
  auto table = table_of(fd, bytes);
  if (!table)
    return table.error();
  if (!end_marker_of(*table))
    return bad_table("has no end marker");
  auto own = own_pieces{frames};
  auto needs = std::vector<std::optional<uint32_t>>(table->others);
  for (const auto& each : table->pieces) {
    if (each.object == table->others) {
      if (!own.take(each))
        return bad_table("is not of its frames");
      continue;
    }
    auto& need = needs[each.object];
    if (!known) {
      need = each.object;
      continue;
    }
    const auto* earlier = known->find(each.sha256);
    if (!earlier || !is_at(*earlier, each)
        || need.value_or(earlier->object) != earlier->object)
      return bad_table("tells of what is nowhere");
    need = earlier->object;
  }
  if (!own.are_all())
    return bad_table("leaves out a frame");
  auto out = checked_pieces{table->entries(), {}};
  for (const auto& need : needs) {
    if (!need || (!out.needs.empty() && *need <= out.needs.back()))
      return bad_table("needs other objects");
    out.needs.push_back(*need);
  }
  return out;
}

} // namespace berth::worker
