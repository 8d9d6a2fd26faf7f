#include "sys/mount_table.hpp"

#include "sys/file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace berth::sys {

namespace {

constexpr auto max_table_bytes = size_t{64} << 20;

/// Cuts the first word off `line`.
std::string_view next_word(std::string_view& line) {
  auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

/// Blanks, tabs, line ends and backslashes stand as \ooo.
std::string unescape(std::string_view text) {
  auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  auto result = std::string{};
  while (!text.empty()) {
    if (text.size() >= 4 && text[0] == '\\'
        && std::all_of(text.begin() + 1, text.begin() + 4, is_octal)) {
      result += static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8
                                  + (text[3] - '0'));
      text.remove_prefix(4);
    } else {
      result += text[0];
      text.remove_prefix(1);
    }
  }
  return result;
}

std::optional<uint64_t> parse_number(std::string_view word) {
  auto value = uint64_t{0};
  auto [at, err] = std::from_chars(word.begin(), word.end(), value);
  if (err != std::errc{} || at != word.end())
    return std::nullopt;
  return value;
}

std::optional<mount_entry> parse_line(std::string_view line) {
  auto entry = mount_entry{};
  auto id = parse_number(next_word(line));
  auto parent = parse_number(next_word(line));
  if (!id || !parent)
    return std::nullopt;
  entry.id = *id;
  entry.parent = *parent;
  next_word(line); // device
  entry.root = unescape(next_word(line));
  entry.point = unescape(next_word(line));
  entry.options = next_word(line);
  while (!line.empty() && next_word(line) != "-") {
    // any number of tags ("shared:1")
  }
  entry.type = next_word(line);
  entry.source = unescape(next_word(line));
  entry.super_options = next_word(line);
  if (entry.type.empty())
    return std::nullopt;
  return entry;
}

} // namespace

result<std::vector<mount_entry>> mount_table(pid_t pid) {
  auto who = pid == 0 ? std::string{"thread-self"} : std::to_string(pid);
  auto text = read_file("/proc/" + who + "/mountinfo", max_table_bytes);
  if (!text)
    return text.error();
  return parse_mount_table(*text);
}

result<std::vector<mount_entry>> parse_mount_table(std::string_view text) {
  auto table = std::vector<mount_entry>{};
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    auto entry = parse_line(line);
    if (!entry)
      return make_error(ec::internal,
                        "mountinfo: malformed line: " + std::string{line});
    table.push_back(std::move(*entry));
  }
  return table;
}

} // namespace berth::sys
