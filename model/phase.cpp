#include "model/phase.hpp"

#include <algorithm>
#include <array>

namespace berth {

namespace {

constexpr std::array names{
  "unknown", "pending",  "creating", "initializing",
  "running", "stopping", "stopped",  "interrupted",
};

} // namespace

std::string to_string(phase p) {
  return names[static_cast<size_t>(p)];
}

phase phase_from_string(std::string_view name) {
  auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? phase::unknown
                              : static_cast<phase>(found - names.begin());
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
