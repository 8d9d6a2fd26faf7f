#include "model/quantity.hpp"

#include "model/digit.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string>

namespace berth {

namespace {

__extension__ using wide = unsigned __int128;

constexpr auto largest = uint64_t{std::numeric_limits<int64_t>::max()};

// mantissa * 10^tens * 2^twos, and a little more if digits were cut off.
struct number {
  uint64_t mantissa = 0;
  int tens = 0;
  int twos = 0;
  bool cut = false;
};

struct suffix {
  std::string_view name;
  int tens;
  int twos;
};

constexpr std::array suffixes{
  suffix{"", 0, 0},    suffix{"n", -9, 0},  suffix{"u", -6, 0},
  suffix{"m", -3, 0},  suffix{"k", 3, 0},   suffix{"M", 6, 0},
  suffix{"G", 9, 0},   suffix{"T", 12, 0},  suffix{"P", 15, 0},
  suffix{"E", 18, 0},  suffix{"Ki", 0, 10}, suffix{"Mi", 0, 20},
  suffix{"Gi", 0, 30}, suffix{"Ti", 0, 40}, suffix{"Pi", 0, 50},
  suffix{"Ei", 0, 60},
};

// Appends one digit. Once one does not fit, none behind it does: they all only
// count as "a little more", and as zeros if they stand before the dot.
void append(number& n, char c, bool behind_dot) {
  auto digit = static_cast<uint64_t>(c - '0');
  if (n.cut || n.mantissa > (UINT64_MAX - digit) / 10) {
    n.cut = n.cut || digit != 0;
    n.tens += behind_dot ? 0 : 1;
    return;
  }
  n.mantissa = n.mantissa * 10 + digit;
  n.tens -= behind_dot ? 1 : 0;
}

// Takes "12", "12.", "12.5" or ".5" off the front of `rest`.
std::optional<number> take_number(std::string_view& rest) {
  number n;
  size_t digits = 0;
  bool behind_dot = false;
  for (; !rest.empty(); rest.remove_prefix(1)) {
    if (rest.front() == '.' && !behind_dot)
      behind_dot = true;
    else if (!is_digit(rest.front()))
      break;
    else if (append(n, rest.front(), behind_dot); true)
      ++digits;
  }
  return digits == 0 ? std::nullopt : std::optional{n};
}

// What follows the number: a suffix, or an exponent such as "e6" or "E-3".
bool apply_suffix(number& n, std::string_view rest) {
  for (auto& s : suffixes) {
    if (s.name == rest) {
      n.tens += s.tens;
      n.twos = s.twos;
      return true;
    }
  }
  if (rest.size() < 2 || (rest.front() != 'e' && rest.front() != 'E'))
    return false;
  rest.remove_prefix(1);
  if (rest.starts_with('+') && !rest.starts_with("+-"))
    rest.remove_prefix(1);
  int exponent = 0;
  auto end = rest.data() + rest.size();
  auto parsed = std::from_chars(rest.data(), end, exponent);
  if (parsed.ec != std::errc{} || parsed.ptr != end)
    return false;
  n.tens += std::clamp(exponent, -1000, 1000);
  return true;
}

// The number's value, rounded up.
std::optional<uint64_t> value_of(const number& n) {
  if (n.mantissa == 0)
    return 0;
  auto value = wide{n.mantissa} << n.twos; // at most 64 + 60 bits
  auto more = n.cut;
  for (int i = 0; i < n.tens; ++i) {
    if (value > largest)
      return std::nullopt;
    value *= 10;
  }
  for (int i = 0; i > n.tens && (value != 0); --i) {
    more = more || value % 10 != 0;
    value /= 10;
  }
  value += more ? 1 : 0;
  return value > largest ? std::nullopt
                         : std::optional{static_cast<uint64_t>(value)};
}

result<uint64_t> parse(std::string_view text, int extra_tens) {
  auto rest = text;
  if (rest.starts_with('+'))
    rest.remove_prefix(1);
  auto n = take_number(rest);
  if (n && apply_suffix(*n, rest)) {
    n->tens += extra_tens;
    if (auto value = value_of(*n))
      return *value;
  }
  return make_error(ec::invalid_argument, "not a quantity such as 500m or 4Gi: "
                                          "\""
                                            + std::string{text} + "\"");
}

} // namespace

result<uint64_t> parse_quantity(std::string_view text) {
  return parse(text, 0);
}

result<uint64_t> parse_milli_quantity(std::string_view text) {
  return parse(text, 3);
}

} // namespace berth
