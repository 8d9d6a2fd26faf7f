#include "model/build_record.hpp"

#include <algorithm>
#include <array>

namespace berth {

namespace {

constexpr std::array build_phases{"resolving",   "fetching", "building",
                                  "composing",   "pushing",  "done_success",
                                  "done_failure"};

} // namespace

std::string to_string(build_phase phase) {
  return build_phases[static_cast<size_t>(phase)];
}

std::optional<build_phase> build_phase_from_string(std::string_view name) {
  auto found = std::find(build_phases.begin(), build_phases.end(), name);
  if (found == build_phases.end())
    return std::nullopt;
  return static_cast<build_phase>(found - build_phases.begin());
}

} // namespace berth
