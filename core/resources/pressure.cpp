#include "core/resources/pressure.hpp"

#include "sys/cgroup_text.hpp"

#include <algorithm>

namespace berth {

namespace {

/// The `total=` of a line "some avg10=0.00 avg60=0.00 avg300=0.00 total=0".
std::optional<std::chrono::microseconds> total_in(std::string_view line) {
  constexpr std::string_view mark = " total=";
  auto at = line.rfind(mark);
  return at == line.npos ? std::nullopt
                         : sys::micros_in(line.substr(at + mark.size()));
}

caf::error no_pressure() {
  return make_error(ec::internal, "pressure: not readable");
}

} // namespace

result<pressure> parse_pressure(std::string_view text) {
  auto found = pressure{};
  auto any = false;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    auto is_some = line.starts_with("some ");
    if (!is_some && !line.starts_with("full "))
      continue;
    auto total = total_in(line);
    if (!total)
      return no_pressure();
    (is_some ? found.some : found.full) = *total;
    any = true;
  }
  if (!any)
    return no_pressure();
  return found;
}

} // namespace berth
