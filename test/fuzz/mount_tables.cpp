#include "sys/mount_table.hpp"
#include "test/fuzz/targets.hpp"

#include <algorithm>
#include <string>

namespace berth::fuzz {

namespace {

/// As the kernel writes it.
std::string escaped(std::string_view name) {
  auto out = std::string{};
  for (auto c : name)
    switch (c) {
      case ' ': out += "\\040"; break;
      case '\t': out += "\\011"; break;
      case '\n': out += "\\012"; break;
      case '\\': out += "\\134"; break;
      default: out += c;
    }
  return out;
}

std::string to_line(const sys::mount_entry& it) {
  return std::to_string(it.id) + " " + std::to_string(it.parent) + " 0:1 "
         + escaped(it.root) + " " + escaped(it.point) + " " + it.options
         + " shared:1 - " + it.type + " " + escaped(it.source) + " "
         + it.super_options + "\n";
}

bool is_same(const sys::mount_entry& a, const sys::mount_entry& b) {
  return a.id == b.id && a.parent == b.parent && a.root == b.root
         && a.point == b.point && a.options == b.options && a.type == b.type
         && a.source == b.source && a.super_options == b.super_options;
}

void try_mount_table(std::string_view input) {
  auto table = sys::parse_mount_table(input);
  if (!table)
    return;
  auto lines = std::count(input.begin(), input.end(), '\n')
               + (!input.empty() && input.back() != '\n');
  require(static_cast<size_t>(lines) == table->size(), "a line is a mount");
  auto text = std::string{};
  for (const auto& it : *table)
    text += to_line(it);
  auto again = sys::parse_mount_table(text);
  require(again
            && std::equal(table->begin(), table->end(), again->begin(),
                          again->end(), is_same),
          "a table survives being written");
}

} // namespace

const target mount_tables{"mount_tables", try_mount_table};

} // namespace berth::fuzz
