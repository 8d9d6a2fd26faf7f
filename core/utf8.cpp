#include "core/utf8.hpp"

#include <cstdint>

namespace berth {

namespace {

/// Bytes of the character at the front of `text`; 0 if there is no valid one.
size_t character_length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  auto length = first >= 0xf0 ? 4u : first >= 0xe0 ? 3u : 2u;
  if (first < 0xc2 || first > 0xf4 || text.size() < length)
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
  // Longer than need be, half of a surrogate pair, beyond the last character.
  auto is_wrong
    = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f)
      || (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f);
  return is_wrong ? 0 : length;
}

} // namespace

std::string valid_utf8(std::string_view bytes) {
  auto out = std::string{};
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    auto length = character_length(bytes);
    if (length > 0)
      out.append(bytes.substr(0, length));
    else
      out.append("\xef\xbf\xbd");
    bytes.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

std::string printable(std::string_view text) {
  auto out = std::string{text};
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      c = ' ';
  return out;
}

} // namespace berth
