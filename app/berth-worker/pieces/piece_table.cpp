#include "app/berth-worker/pieces/piece_table.hpp"

#include "app/berth-worker/pieces/piece_bytes.hpp"

#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>

namespace berth::worker {

namespace {

constexpr uint32_t skippable = 0x184d2a5e;
constexpr std::string_view table_magic = "berthtb1";
constexpr std::string_view table_end_magic = "berthend";
constexpr size_t frame_head = 8;
/// Magic, length of the table's frame, its digest.
constexpr size_t end_bytes = 8 + 8 + 32;

std::string skippable_frame(std::string_view payload) {
  auto out = byte_writer{};
  out.add(skippable);
  out.add(static_cast<uint32_t>(payload.size()));
  out.add(payload);
  return std::move(out.text());
}

caf::error damaged_table(const char* how) {
  return make_error(ec::data_loss,
                    std::string{"archive: its table of pieces "} + how);
}

result<std::string> unpacked_table(std::string_view packed) {
  auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size > most_pieces * piece_bytes + 64)
    return damaged_table("is too long");
  auto out = std::string(size, '\0');
  auto n
    = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(n) || n != out.size())
    return damaged_table("cannot be unpacked");
  return out;
}

/// `room`: the bytes of the object before the table.
result<piece_table> parsed_table(std::string_view text, uint64_t room) {
  auto in = byte_reader{text};
  auto magic = in.take(table_magic.size());
  auto out = piece_table{};
  out.others = in.number<uint32_t>();
  auto count = size_t{in.number<uint32_t>()};
  if (!in.ok() || magic != table_magic || out.others > most_objects
      || count > most_pieces || in.left() != count * piece_bytes)
    return damaged_table("is none");
  out.pieces.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    auto one = in.take_piece();
    auto is_own = one.object == out.others;
    if (!is_possible(one, out.others)
        || (is_own && one.offset + one.packed > room)
        || (i == 0 && one.is_data))
      return damaged_table("tells of what cannot be");
    out.pieces.push_back(one);
  }
  return out;
}

} // namespace

uint64_t piece_table::entries() const {
  auto sum = uint64_t{0};
  for (const auto& each : pieces)
    sum += each.entries;
  return sum;
}

result<std::string> to_frames(const piece_table& table) {
  auto text = byte_writer{};
  text.add(table_magic);
  text.add(table.others);
  text.add(static_cast<uint32_t>(table.pieces.size()));
  for (const auto& each : table.pieces)
    text.add(each);
  auto packed = std::string(ZSTD_compressBound(text.text().size()), '\0');
  auto n = ZSTD_compress(packed.data(), packed.size(), text.text().data(),
                         text.text().size(), 3);
  if (ZSTD_isError(n))
    return make_error(ec::internal,
                      std::string{"zstd: "} + ZSTD_getErrorName(n));
  packed.resize(n);
  auto frame = skippable_frame(packed);
  auto end = byte_writer{};
  end.add(table_end_magic);
  end.add(uint64_t{frame.size()});
  end.add(digest_of(packed));
  frame += skippable_frame(end.text());
  if (table.pieces.size() > most_pieces || frame.size() > longest_table)
    return make_error(ec::exhausted, "archive: too many pieces");
  return frame;
}

result<piece_table> table_in(std::string_view last, uint64_t bytes) {
  auto none = make_error(ec::not_found, "archive: it has no table of pieces");
  if (last.size() < 2 * frame_head + end_bytes)
    return none;
  auto tail = byte_reader{last.substr(last.size() - frame_head - end_bytes)};
  if (tail.number<uint32_t>() != skippable
      || tail.number<uint32_t>() != end_bytes
      || tail.take(table_end_magic.size()) != table_end_magic)
    return none;
  auto length = tail.number<uint64_t>();
  auto expected = tail.take_digest();
  auto rest = last.substr(0, last.size() - frame_head - end_bytes);
  if (length < frame_head || length > rest.size())
    return damaged_table("is not there");
  auto frame = byte_reader{rest.substr(rest.size() - length)};
  auto is_frame = frame.number<uint32_t>() == skippable
                  && frame.number<uint32_t>() == frame.left();
  auto packed = frame.take(frame.left());
  if (!is_frame || digest_of(packed) != expected)
    return damaged_table("has the wrong digest");
  auto text = unpacked_table(packed);
  if (!text)
    return text.error();
  return parsed_table(*text, bytes - length - frame_head - end_bytes);
}

result<piece_table> table_of(int fd, uint64_t bytes) {
  auto last = std::string(std::min<uint64_t>(bytes, longest_table), '\0');
  for (size_t done = 0; done < last.size();) {
    auto n = ::pread(fd, last.data() + done, last.size() - done,
                     static_cast<off_t>(bytes - last.size() + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "pread", "archive");
    if (n == 0)
      return damaged_table("is cut off");
    done += static_cast<size_t>(n);
  }
  auto table = table_in(last, bytes);
  if (!table && code_of(table.error()) == ec::not_found)
    return damaged_table("is missing");
  return table;
}

} // namespace berth::worker
