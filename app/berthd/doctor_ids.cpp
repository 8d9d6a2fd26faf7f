#include "app/berthd/doctor_ids.hpp"

#include "core/iws/id_map.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string>

namespace berth {

namespace {

using level = gateway::doctor_check::level;

constexpr auto check_name = "compatible containers";
constexpr size_t longest_list = 1 << 20;

std::optional<uint64_t> number_in(const std::string& text) {
  auto value = uint64_t{0};
  auto end = text.data() + text.size();
  auto [at, err] = std::from_chars(text.data(), end, value);
  return err == std::errc{} && at == end ? std::optional{value} : std::nullopt;
}

bool meet(const id_interval& ours, uint64_t start, uint64_t size) {
  return start < uint64_t{ours.start} + ours.size && start + size > ours.start;
}

/// Who has ids of `ours`, in lines of NAME:FIRST:COUNT.
std::optional<std::string> subordinate_owner(const char* file,
                                             const id_allowance& ours) {
  auto text = sys::read_file(file, longest_list);
  auto lines = std::istringstream{text ? *text : ""};
  for (auto line = std::string{}; std::getline(lines, line);) {
    auto fields = std::istringstream{line};
    std::string name, first, count;
    std::getline(fields, name, ':');
    std::getline(fields, first, ':');
    std::getline(fields, count);
    auto start = number_in(first), size = number_in(count);
    if (start && size
        && (meet(ours.root, *start, *size) || meet(ours.others, *start, *size)))
      return name + " in " + file;
  }
  return std::nullopt;
}

} // namespace

gateway::doctor_check examine_shared_ids(const settings& all) {
  auto is_compatible = [](const auto& entry) {
    return entry.second.container != container_kind::own;
  };
  if (std::none_of(all.classes.begin(), all.classes.end(), is_compatible))
    return {check_name, level::ok, "no class has any", ""};
  auto ours = allowance_of(container_kind::compatible, 0);
  for (auto* file : {"/etc/subuid", "/etc/subgid"})
    if (auto owner = subordinate_owner(file, ours))
      return {check_name, level::warning,
              "their ids (33333, 100000 to 169999) are also those of " + *owner,
              "give " + *owner
                + " other ids: workspaces and that user's "
                  "containers could act on each other's files and processes"};
  return {check_name, level::ok,
          "workspaces of some classes share ids 33333 and 100000 to 169999",
          ""};
}

} // namespace berth
