#include "core/base64.hpp"

#include <cstdint>

namespace berth {

namespace {

constexpr std::string_view alphabet
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string to_base64(std::string_view bytes) {
  auto out = std::string{};
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto group = uint32_t{0};
    auto given = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j)
      group
        = group << 8 | (j < given ? static_cast<uint8_t>(bytes[i + j]) : 0u);
    for (size_t j = 0; j < 4; ++j)
      out += j <= given ? alphabet[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  auto out = std::string{};
  if (text.size() % 4 != 0)
    return std::nullopt;
  out.reserve(text.size() / 4 * 3);
  auto group = uint32_t{0};
  auto bits = 0;
  auto body = text;
  while (body.ends_with('=') && text.size() - body.size() < 2)
    body.remove_suffix(1);
  for (auto c : body) {
    auto digit = alphabet.find(c);
    if (digit == alphabet.npos)
      return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xff);
    }
  }
  // Only one text stands for a given byte sequence.
  if (to_base64(out) != text)
    return std::nullopt;
  return out;
}

} // namespace berth
