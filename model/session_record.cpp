#include "model/session_record.hpp"

#include <algorithm>
#include <array>

namespace berth {

namespace {

constexpr std::array session_phases{"initializing", "ready", "disposing",
                                    "disposed"};

} // namespace

std::string to_string(session_phase phase) {
  return session_phases[static_cast<size_t>(phase)];
}

std::optional<session_phase> session_phase_from_string(std::string_view name) {
  auto found = std::find(session_phases.begin(), session_phases.end(), name);
  if (found == session_phases.end())
    return std::nullopt;
  return static_cast<session_phase>(found - session_phases.begin());
}

} // namespace berth
