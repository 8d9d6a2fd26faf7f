#include "core/builds/dockerfile_lines.hpp"

#include <algorithm>
#include <cctype>

namespace berth::dockerfile_lines {

namespace {

constexpr size_t most_bytes = size_t{4} << 20;
/// buildah 1.28 reads as far as the first line that has more, and is content.
constexpr size_t most_of_line = 65'000;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool has_odd_blanks(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at)
    if (text[at] == '\0' || text[at] == '\v' || text[at] == '\f'
        || (text[at] == '\r' && text.substr(at + 1, 1) != "\n"))
      return true;
  for (size_t at = 0; at < text.size();) {
    auto line = next_line(text, at);
    if (!line.empty() && std::ranges::all_of(line, [](char c) {
          return static_cast<unsigned char>(c) >= 0x80;
        }))
      return true;
  }
  return false;
}

bool has_long_line(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size());
    if (end - at > most_of_line)
      return true;
    at = end + 1;
  }
  return false;
}

} // namespace

std::string lower(std::string_view text) {
  auto out = std::string{text};
  for (auto& c : out)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view next_line(std::string_view text, size_t& at) {
  auto end = std::min(text.find('\n', at), text.size());
  auto line = text.substr(at, end - at);
  at = end + 1;
  while (!line.empty() && is_blank(line.front()))
    line.remove_prefix(1);
  while (!line.empty() && is_blank(line.back()))
    line.remove_suffix(1);
  return line;
}

char escape_of(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    auto line = next_line(text, at);
    if (!line.starts_with('#'))
      break;
    auto directive = std::string{};
    for (auto c : line.substr(1))
      if (!is_blank(c))
        directive += c;
    if (lower(directive).starts_with("escape=") && directive.size() >= 8)
      return directive[7];
    if (directive.find('=') == directive.npos)
      break;
  }
  return '\\';
}

void drop_byte_order_mark(std::string& text) {
  if (text.starts_with(byte_order_mark))
    text.erase(0, byte_order_mark.size());
}

result<void> check_lines(std::string_view text) {
  if (text.size() > most_bytes)
    return make_error(ec::exhausted, "the Dockerfile is too large");
  if (has_odd_blanks(text))
    return make_error(ec::failed_precondition,
                      "the Dockerfile has a control character, or a line with "
                      "no character of ASCII");
  if (has_long_line(text))
    return make_error(ec::exhausted, "a line of the Dockerfile is too long");
  return {};
}

} // namespace berth::dockerfile_lines
