#include "model/duration.hpp"
#include "test/fuzz/targets.hpp"

#include <cmath>
#include <cstring>
#include <string>

namespace berth::fuzz {

namespace {

long double unit_in_ns(std::string_view unit) {
  if (unit == "ns")
    return 1;
  if (unit == "us" || unit == "\u00b5s" || unit == "\u03bcs")
    return 1e3L;
  if (unit == "ms")
    return 1e6L;
  if (unit == "s")
    return 1e9L;
  if (unit == "m")
    return 60e9L;
  return unit == "h" ? 3600e9L : NAN;
}

struct expected_duration {
  long double ns = 0;
  int parts = 0;
};

/// What the text of a duration means, roughly: of each part up to a nanosecond
/// is cut off.
expected_duration sum_in_ns(std::string_view text) {
  auto sum = expected_duration{};
  auto sign = text.starts_with('-') ? -1 : 1;
  if (text.starts_with('-') || text.starts_with('+'))
    text.remove_prefix(1);
  if (text == "0")
    return sum;
  while (!text.empty()) {
    auto end = text.find_first_not_of("0123456789.");
    auto number = std::string{text.substr(0, end)};
    text.remove_prefix(number.size());
    auto unit = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(unit.size());
    sum.ns += sign * std::strtold(number.c_str(), nullptr) * unit_in_ns(unit);
    ++sum.parts;
  }
  return sum;
}

void try_duration(std::string_view input) {
  if (auto d = std::chrono::nanoseconds{}; input.size() == sizeof(d)) {
    std::memcpy(&d, input.data(), sizeof(d));
    auto back = parse_duration(format_duration(d));
    require(back && *back == d, "a duration survives being written");
  }
  auto read = parse_duration(input);
  if (!read)
    return;
  auto expected = sum_in_ns(input);
  auto off = std::fabs(expected.ns - static_cast<long double>(read->count()));
  require(off <= expected.parts * 2, "a duration is the sum of its parts");
}

} // namespace

const target durations{"durations", try_duration};

} // namespace berth::fuzz
