#include "model/duration.hpp"

#include "model/digit.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace berth {

namespace {

struct unit {
  std::string_view name;
  uint64_t ns;
};

// All of Go's.
constexpr std::array units{
  unit{"ns", 1},
  unit{"us", 1'000},
  unit{"\u00b5s", 1'000}, // micro sign
  unit{"\u03bcs", 1'000}, // Greek mu
  unit{"ms", 1'000'000},
  unit{"s", 1'000'000'000},
  unit{"m", 60'000'000'000},
  unit{"h", 3'600'000'000'000},
};

// The most that a negative duration may have; a positive one has 1 less.
constexpr auto most = uint64_t{1} << 63;

// Takes digits off the front of `rest`. Nothing if they exceed `most`.
std::optional<uint64_t> take_integer(std::string_view& rest) {
  uint64_t value = 0;
  while (!rest.empty() && is_digit(rest.front())) {
    auto digit = static_cast<uint64_t>(rest.front() - '0');
    if (value > (most - digit) / 10)
      return std::nullopt;
    value = value * 10 + digit;
    rest.remove_prefix(1);
  }
  return value;
}

struct fraction {
  uint64_t digits = 0;
  double scale = 1;
};

// As take_integer, of the digits behind a dot; those that do not fit are too
// small to matter.
fraction take_fraction(std::string_view& rest) {
  fraction f;
  bool full = false;
  for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
    auto digit = static_cast<uint64_t>(rest.front() - '0');
    full = full || f.digits > (most - digit) / 10;
    if (full)
      continue;
    f.digits = f.digits * 10 + digit;
    f.scale *= 10;
  }
  return f;
}

// The run up to the next number, which has to be exactly a unit's name.
const unit* take_unit(std::string_view& rest) {
  size_t length = 0;
  while (length < rest.size() && rest[length] != '.' && !is_digit(rest[length]))
    ++length;
  for (auto& u : units) {
    if (u.name == rest.substr(0, length)) {
      rest.remove_prefix(length);
      return &u;
    }
  }
  return nullptr;
}

// Takes one number and its unit off the front of `rest`.
std::optional<uint64_t> take_part(std::string_view& rest) {
  auto before = rest.size();
  auto whole = take_integer(rest);
  if (!whole)
    return std::nullopt;
  auto digits = before - rest.size();
  fraction frac;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    before = rest.size();
    frac = take_fraction(rest);
    digits += before - rest.size();
  }
  auto u = digits == 0 ? nullptr : take_unit(rest);
  if (!u || *whole > most / u->ns)
    return std::nullopt;
  auto part = static_cast<double>(frac.digits)
              * (static_cast<double>(u->ns) / frac.scale);
  return *whole * u->ns + static_cast<uint64_t>(part);
}

std::optional<uint64_t> sum_of_parts(std::string_view rest) {
  if (rest.empty())
    return std::nullopt;
  uint64_t sum = 0;
  while (!rest.empty()) {
    auto part = take_part(rest);
    if (!part || *part > most || sum > most - *part)
      return std::nullopt;
    sum += *part;
  }
  return sum;
}

// `value / unit` in decimal, without trailing zeros; `digits` zeros in `unit`.
std::string decimal(uint64_t value, uint64_t unit, int digits) {
  auto text = std::to_string(value / unit);
  auto frac = std::to_string(value % unit);
  frac.insert(0, static_cast<size_t>(digits) - frac.size(), '0');
  frac.erase(frac.find_last_not_of('0') + 1);
  return frac.empty() ? text : text + "." + frac;
}

std::string format_magnitude(uint64_t ns) {
  if (ns < 1'000)
    return std::to_string(ns) + "ns";
  if (ns < 1'000'000)
    return decimal(ns, 1'000, 3) + "\u00b5s";
  if (ns < 1'000'000'000)
    return decimal(ns, 1'000'000, 6) + "ms";
  constexpr auto minute = uint64_t{60'000'000'000};
  auto text = decimal(ns % minute, 1'000'000'000, 9) + "s";
  if (auto minutes = ns / minute; minutes > 0) {
    text.insert(0, std::to_string(minutes % 60) + "m");
    if (minutes >= 60)
      text.insert(0, std::to_string(minutes / 60) + "h");
  }
  return text;
}

} // namespace

result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  auto rest = text;
  auto negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+'))
    rest.remove_prefix(1);
  auto sum = rest == "0" ? std::optional<uint64_t>{0} : sum_of_parts(rest);
  if (!sum || (*sum == most && !negative))
    return make_error(ec::invalid_argument, "not a duration such as 1h30m: \""
                                              + std::string{text} + "\"");
  // Negation modulo 2^64, so that the lowest value has a way through.
  return std::chrono::nanoseconds{
    static_cast<int64_t>(negative ? uint64_t{0} - *sum : *sum)};
}

std::string format_duration(std::chrono::nanoseconds d) {
  if (d.count() == 0)
    return "0s";
  auto bits = static_cast<uint64_t>(d.count());
  return d.count() < 0 ? "-" + format_magnitude(uint64_t{0} - bits)
                       : format_magnitude(bits);
}

} // namespace berth
