#include "sys/cgroup_text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace berth::sys {

namespace {

/// Cuts what stands before `mark` off the front of `rest`.
std::string_view cut(std::string_view& rest, char mark) {
  auto part = rest.substr(0, rest.find(mark));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
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

std::optional<std::chrono::microseconds> micros_in(std::string_view text) {
  auto number = number_in(text);
  if (!number || *number > uint64_t{std::numeric_limits<int64_t>::max()} / 1000)
    return std::nullopt;
  return std::chrono::microseconds{static_cast<int64_t>(*number)};
}

result<cpu_quota> parse_cpu_max(std::string_view text) {
  auto line = cut(text, '\n');
  auto quota = cut(line, ' ');
  auto most = micros_in(quota);
  auto period = micros_in(line);
  if (!period || (!most && quota != "max"))
    return make_error(ec::internal, "cpu.max: not readable");
  return cpu_quota{most, *period};
}

} // namespace berth::sys
