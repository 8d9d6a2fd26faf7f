#include "core/uri.hpp"

#include <cctype>
#include <charconv>

namespace berth {

namespace {

bool is_unreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.'
         || c == '_' || c == '~';
}

} // namespace

std::string uri_encoded(std::string_view text, bool whole) {
  constexpr auto digits = "0123456789ABCDEF";
  auto out = std::string{};
  for (auto c : text) {
    if (is_unreserved(c) || (c == '/' && !whole)) {
      out += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string uri_decoded(std::string_view text) {
  auto out = std::string{};
  for (size_t at = 0; at < text.size(); ++at) {
    auto byte = 0;
    auto* first = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size()
        && std::from_chars(first, first + 2, byte, 16).ptr == first + 2) {
      out += static_cast<char>(byte);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

} // namespace berth
