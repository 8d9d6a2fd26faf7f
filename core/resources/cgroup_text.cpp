#include "core/resources/cgroup_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace berth {

namespace {

using std::chrono::microseconds;

caf::error unreadable(const char* what) {
  return make_error(ec::internal, std::string{what} + ": not readable");
}

/// Cuts what stands before `mark` off the front of `rest`.
std::string_view cut(std::string_view& rest, char mark) {
  auto part = rest.substr(0, rest.find(mark));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

std::optional<microseconds> micros_in(std::string_view text) {
  auto number = number_in(text);
  if (!number || *number > uint64_t{std::numeric_limits<int64_t>::max()} / 1000)
    return std::nullopt;
  return microseconds{static_cast<int64_t>(*number)};
}

/// The `total=` of a line "some avg10=0.00 avg60=0.00 avg300=0.00 total=0".
std::optional<microseconds> total_in(std::string_view line) {
  constexpr std::string_view mark = " total=";
  auto at = line.rfind(mark);
  return at == line.npos ? std::nullopt
                         : micros_in(line.substr(at + mark.size()));
}

} // namespace

std::optional<uint64_t> number_in(std::string_view text) {
  if (text.ends_with('\n'))
    text.remove_suffix(1);
  auto value = uint64_t{0};
  auto* end = text.data() + text.size();
  auto [at, err] = std::from_chars(text.data(), end, value);
  if (err != std::errc{} || at != end)
    return std::nullopt;
  return value;
}

std::optional<uint64_t> number_behind(std::string_view text,
                                      std::string_view key) {
  while (!text.empty()) {
    auto line = cut(text, '\n');
    if (cut(line, ' ') == key)
      return number_in(line);
  }
  return std::nullopt;
}

result<cpu_quota> parse_cpu_max(std::string_view text) {
  auto line = cut(text, '\n');
  auto quota = cut(line, ' ');
  auto most = micros_in(quota);
  auto period = micros_in(line);
  if (!period || (!most && quota != "max"))
    return unreadable("cpu.max");
  return cpu_quota{most, *period};
}

result<pressure> parse_pressure(std::string_view text) {
  auto found = pressure{};
  auto any = false;
  while (!text.empty()) {
    auto line = cut(text, '\n');
    auto is_some = line.starts_with("some ");
    if (!is_some && !line.starts_with("full "))
      continue;
    auto total = total_in(line);
    if (!total)
      return unreadable("pressure");
    (is_some ? found.some : found.full) = *total;
    any = true;
  }
  if (!any)
    return unreadable("pressure");
  return found;
}

} // namespace berth
