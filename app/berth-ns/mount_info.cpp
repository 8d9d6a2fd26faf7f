#include "app/berth-ns/mount_info.hpp"

#include <algorithm>
#include <charconv>

namespace berth::ns {

namespace {

unsigned long leading_number(std::string_view text) {
  auto value = 0UL;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view take_until(std::string_view& text, char end) {
  auto part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

/// "36 35 98:0 / /mnt rw shared:1 master:2 - ext4 ...": of the fields up to
/// the dash the seventh and later are tags. Blanks in names are escaped.
unsigned long group_in(std::string_view line) {
  constexpr auto tag = std::string_view{"shared:"};
  for (auto field = 1; !line.empty(); ++field) {
    auto word = take_until(line, ' ');
    if (word == "-")
      return 0;
    if (field > 6 && word.starts_with(tag))
      return leading_number(word.substr(tag.size()));
  }
  return 0;
}

} // namespace

std::vector<unsigned long> peer_groups(std::string_view text) {
  auto groups = std::vector<unsigned long>{};
  while (!text.empty())
    if (auto group = group_in(take_until(text, '\n')); group != 0)
      groups.push_back(group);
  return groups;
}

unsigned long peer_group_of(std::string_view text, unsigned long id) {
  while (!text.empty())
    if (auto line = take_until(text, '\n'); leading_number(line) == id)
      return group_in(line);
  return 0;
}

} // namespace berth::ns
