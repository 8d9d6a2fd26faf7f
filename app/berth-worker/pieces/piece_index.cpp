#include "app/berth-worker/pieces/piece_index.hpp"

#include "app/berth-worker/pieces/piece_bytes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth::worker {

namespace {

constexpr std::string_view index_magic = "berthix2";
constexpr size_t row_bytes = piece_bytes + 32;
constexpr size_t object_digits = 64;
constexpr size_t longest_index = most_pieces * row_bytes + 256;
constexpr uint64_t waste_free = uint64_t{64} << 20;

caf::error no_index(const char* how) {
  return make_error(ec::data_loss, std::string{"index of pieces: "} + how);
}

result<std::string> whole_file(int fd) {
  struct stat st {};
  if (::fstat(fd, &st) < 0)
    return errno_error(errno, "fstat", "index");
  if (st.st_size < 0 || static_cast<size_t>(st.st_size) > longest_index)
    return no_index("too long");
  auto out = std::string(static_cast<size_t>(st.st_size), '\0');
  for (size_t done = 0; done < out.size();) {
    auto n = ::pread(fd, out.data() + done, out.size() - done,
                     static_cast<off_t>(done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "pread", "index");
    if (n == 0)
      return no_index("changes");
    done += static_cast<size_t>(n);
  }
  return out;
}

} // namespace

piece_index::piece_index(uint32_t others, std::vector<indexed_piece> pieces)
  : others_(others), pieces_(std::move(pieces)) {
  arrange();
}

void piece_index::arrange() {
  by_bytes_.reserve(pieces_.size());
  by_print_.reserve(pieces_.size());
  for (size_t i = 0; i < pieces_.size(); ++i) {
    by_bytes_.try_emplace(pieces_[i].what.sha256, i);
    if (pieces_[i].print != digest{})
      by_print_.try_emplace(pieces_[i].print, i);
  }
}

result<piece_index> piece_index::read(int fd) {
  auto text = whole_file(fd);
  if (!text)
    return text.error();
  if (text->size() < sizeof(digest))
    return no_index("too short");
  auto rows = std::string_view{*text};
  auto tail = byte_reader{rows.substr(rows.size() - sizeof(digest))};
  rows.remove_suffix(sizeof(digest));
  auto in = byte_reader{rows};
  auto magic = in.take(index_magic.size());
  auto object = in.take(object_digits);
  auto others = in.number<uint32_t>();
  auto count = size_t{in.number<uint32_t>()};
  if (!in.ok() || magic != index_magic || tail.take_digest() != digest_of(rows))
    return no_index("damaged");
  if (others >= most_objects || count > most_pieces
      || in.left() != count * row_bytes)
    return no_index("of something else");
  auto pieces = std::vector<indexed_piece>(count);
  for (auto& each : pieces) {
    each.what = in.take_piece();
    each.print = in.take_digest();
    if (!is_possible(each.what, others))
      return no_index("tells of what cannot be");
  }
  auto out = piece_index{others, std::move(pieces)};
  out.object_ = object;
  return out;
}

result<void> piece_index::write(int fd, const std::string& object) const {
  auto out = byte_writer{};
  out.add(index_magic);
  out.add(std::string_view{object});
  out.add(others_);
  out.add(static_cast<uint32_t>(pieces_.size()));
  for (const auto& each : pieces_) {
    out.add(each.what);
    out.add(each.print);
  }
  out.add(digest_of(out.text()));
  if (::ftruncate(fd, 0) < 0)
    return errno_error(errno, "ftruncate", "index");
  auto& text = out.text();
  for (size_t done = 0; done < text.size();) {
    auto n = ::pwrite(fd, text.data() + done, text.size() - done,
                      static_cast<off_t>(done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "pwrite", "index");
    done += static_cast<size_t>(n);
  }
  return {};
}

const piece* piece_index::find(const digest& bytes) const {
  auto found = by_bytes_.find(bytes);
  return found == by_bytes_.end() ? nullptr : &pieces_[found->second].what;
}

std::span<const indexed_piece>
piece_index::find_run(const digest& print) const {
  auto found = by_print_.find(print);
  if (found == by_print_.end())
    return {};
  // The print of a file's data stands at the first of its pieces.
  auto begin = found->second, end = begin + 1;
  while (pieces_[begin].what.is_data && end < pieces_.size()
         && pieces_[end].what.is_data)
    ++end;
  return std::span{pieces_}.subspan(begin, end - begin);
}

bool piece_index::is_wasteful(uint64_t bytes) const {
  auto used = uint64_t{0};
  for (const auto& [sha256, position] : by_bytes_)
    used += pieces_[position].what.packed;
  return objects() >= most_objects || bytes > 2 * used + waste_free;
}

} // namespace berth::worker
