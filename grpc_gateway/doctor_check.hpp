#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace berth::gateway {

/// One thing that this machine can or cannot do.
struct doctor_check {
  enum class level : uint8_t { ok, warning, failure };

  std::string name;
  level found = level::ok;
  std::string finding;
  std::string fix; ///< empty if nothing is to do
};

/// Looks at the machine; may take its time.
using doctor = std::function<std::vector<doctor_check>()>;

} // namespace berth::gateway
