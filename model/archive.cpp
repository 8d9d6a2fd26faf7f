#include "model/archive.hpp"

#include <algorithm>
#include <array>

namespace berth {

namespace {

constexpr std::array<std::string_view, 4> purpose_names{
  "final-backup", "backup", "snapshot", "final-snapshot"};
constexpr std::array<std::string_view, 4> archive_phase_names{
  "intended", "viewed", "packed", "published"};

template <class Enum>
std::optional<Enum> value_named(const std::array<std::string_view, 4>& names,
                                std::string_view name) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

} // namespace

std::string to_string(archive_purpose purpose) {
  return std::string{purpose_names[static_cast<size_t>(purpose)]};
}

std::optional<archive_purpose>
archive_purpose_from_string(std::string_view name) {
  return value_named<archive_purpose>(purpose_names, name);
}

std::string to_string(archive_phase phase) {
  return std::string{archive_phase_names[static_cast<size_t>(phase)]};
}

std::optional<archive_phase> archive_phase_from_string(std::string_view name) {
  return value_named<archive_phase>(archive_phase_names, name);
}

} // namespace berth
