#include "model/phase.hpp"

#include <algorithm>
#include <array>

namespace berth {

namespace {

constexpr std::array phase_names{
  "unknown", "pending",  "creating", "initializing",
  "running", "stopping", "stopped",  "interrupted",
};

} // namespace

std::string to_string(phase p) {
  return phase_names[static_cast<size_t>(p)];
}

phase phase_from_string(std::string_view name) {
  auto found = std::find(phase_names.begin(), phase_names.end(), name);
  return found == phase_names.end()
           ? phase::unknown
           : static_cast<phase>(found - phase_names.begin());
}

bool may_follow(phase from, phase to) {
  switch (from) {
    case phase::unknown: return to != phase::unknown && to != phase::stopped;
    case phase::pending: return to == phase::creating || to == phase::stopping;
    case phase::creating:
      return to == phase::initializing || to == phase::stopping;
    case phase::initializing:
      return to == phase::running || to == phase::stopping;
    case phase::running:
      return to == phase::interrupted || to == phase::stopping;
    case phase::interrupted:
      return to == phase::running || to == phase::stopping;
    case phase::stopping: return to == phase::stopped;
    case phase::stopped: return false;
  }
  return false;
}

} // namespace berth
