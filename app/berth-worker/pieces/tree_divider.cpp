#include "app/berth-worker/pieces/tree_divider.hpp"

#include <fcntl.h>

#include <cerrno>

namespace berth::worker {

namespace {

constexpr size_t most_entries = 256; ///< each holds a descriptor
constexpr uint64_t least_bytes = 64 * 1024;
constexpr uint64_t most_bytes = 512 * 1024;
constexpr uint64_t header_bytes = 1024;

/// One name in four, whatever comes before it.
bool is_mark(const std::string& path) {
  auto hash = uint32_t{2166136261}; // FNV-1a
  for (auto c : path)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return (hash >> 16) % 4 == 0;
}

/// Whether its data has pieces of its own.
bool is_big(const tree_entry& entry, const std::string& link) {
  return has_data(entry, link) && entry.st.st_size >= big_file;
}

} // namespace

bool entry_cuts::ends_with(const tree_entry& entry, const std::string& link) {
  ++entries_;
  bytes_ += header_bytes;
  auto ends = is_big(entry, link);
  if (!ends && has_data(entry, link))
    bytes_ += static_cast<uint64_t>(entry.st.st_size);
  ends = ends || entries_ >= most_entries || bytes_ >= most_bytes
         || (bytes_ >= least_bytes && is_mark(entry.path));
  if (ends)
    *this = {};
  return ends;
}

tree_divider::tree_divider(packed_output& out, const piece_index& known,
                           entry_print how)
  : known_(known), pieces_(out, known),
    tar_([this](std::string_view bytes) { return pieces_.take(bytes); }, 0),
    tree_(tar_), print_(std::move(how)) {
  print_.begin();
}

result<void> tree_divider::add(const tree_entry& entry) {
  auto link = links_.first_name_of(entry);
  if (auto ok = print_.add(entry, link); !ok)
    return ok;
  ++entries_;
  if (has_data(entry, link))
    seen_ += static_cast<uint64_t>(entry.st.st_size);
  // The walk closes its own one before the piece ends.
  auto file = sys::fd{::fcntl(entry.fd, F_DUPFD_CLOEXEC, 0)};
  if (!file)
    return errno_error(errno, "fcntl", entry.path);
  auto kept = tree_entry{entry.path, entry.st, file.get()};
  held_.push_back({std::move(kept), std::move(link), std::move(file)});
  const auto& last = held_.back();
  if (!cuts_.ends_with(last.entry, last.link))
    return {};
  return close_piece();
}

result<void> tree_divider::close_piece() {
  using run = std::span<const indexed_piece>;
  if (held_.empty())
    return {};
  const auto& last = held_.back();
  auto has_big = is_big(last.entry, last.link);
  // What is known was settled then, and has not changed since.
  auto print = print_.all();
  auto known = known_.find_run(print);
  auto data_print = has_big ? print_.data_of_last() : digest{};
  auto data = has_big ? known_.find_run(data_print) : run{};
  if (known.empty() && !print_.is_settled())
    print = {};
  if (data.empty() && !print_.last_is_settled())
    data_print = {};
  if (!known.empty() && (!has_big || !data.empty())) {
    pieces_.repeat(known, print);
    if (has_big)
      pieces_.repeat(data, data_print);
  } else {
    if (auto ok = write_piece(print, has_big); !ok)
      return ok;
    if (has_big)
      if (auto ok = add_data(last, data_print, data); !ok)
        return ok;
  }
  held_.clear();
  print_.begin();
  return {};
}

/// `is_data_apart`: that of the last file is left to others.
result<void> tree_divider::write_piece(const digest& print,
                                       bool is_data_apart) {
  for (const auto& each : held_) {
    if (auto ok = tree_.add_header(each.entry, each.link); !ok)
      return ok;
    if (is_data_apart && &each == &held_.back())
      break;
    if (has_data(each.entry, each.link))
      if (auto ok = tree_.add_data(each.entry); !ok)
        return ok;
    if (auto ok = tar_.end_entry(); !ok)
      return ok;
  }
  return pieces_.cut(static_cast<uint32_t>(held_.size()), print);
}

result<void> tree_divider::add_data(const held& what, const digest& print,
                                    std::span<const indexed_piece> known) {
  if (known.empty()) {
    pieces_.begin_data();
    if (auto ok = tree_.add_data(what.entry); !ok)
      return ok;
    if (auto ok = tar_.end_entry(); !ok)
      return ok;
    return pieces_.end_data(print);
  }
  // The header has promised the writer so many bytes.
  pieces_.begin_repeat();
  if (auto ok = tree_.pretend_data(what.entry); !ok)
    return ok;
  if (auto ok = tar_.end_entry(); !ok)
    return ok;
  return pieces_.end_repeat(known, print);
}

result<void> tree_divider::finish() {
  if (auto ok = close_piece(); !ok)
    return ok;
  if (auto ok = tar_.finish(); !ok)
    return ok;
  if (auto ok = pieces_.cut(0, {}); !ok)
    return ok;
  return pieces_.finish();
}

} // namespace berth::worker
