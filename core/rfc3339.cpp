#include "core/rfc3339.hpp"

#include <charconv>
#include <cstdio>
#include <string>

namespace berth {

namespace {

using namespace std::chrono_literals;

/// Takes text apart from its beginning; once something does not fit, `fits`
/// stays false.
struct scanner {
  std::string_view rest;
  bool fits = true;

  int number(size_t digits) {
    auto value = 0;
    auto word = rest.substr(0, digits);
    auto read = std::from_chars(word.begin(), word.end(), value);
    fits = fits && word.size() == digits && word.front() != '-'
           && read.ec == std::errc{} && read.ptr == word.end();
    rest.remove_prefix(word.size());
    return value;
  }

  bool next_is_one_of(std::string_view any) const {
    return !rest.empty() && any.find(rest.front()) != std::string_view::npos;
  }

  void skip_one_of(std::string_view any) {
    fits = fits && next_is_one_of(any);
    rest.remove_prefix(rest.empty() ? 0 : 1);
  }

  /// Digits beyond nanoseconds are read and make no difference.
  std::chrono::nanoseconds fraction() {
    auto value = std::chrono::nanoseconds{};
    auto digit = std::chrono::nanoseconds{100ms};
    fits = fits && next_is_one_of("0123456789");
    for (; next_is_one_of("0123456789"); rest.remove_prefix(1), digit /= 10)
      value += digit * (rest.front() - '0');
    return value;
  }
};

} // namespace

result<wall_time> parse_rfc3339(std::string_view text) {
  auto scan = scanner{text};
  auto year = std::chrono::year{scan.number(4)};
  scan.skip_one_of("-");
  auto month = std::chrono::month{static_cast<unsigned>(scan.number(2))};
  scan.skip_one_of("-");
  auto day = std::chrono::day{static_cast<unsigned>(scan.number(2))};
  scan.skip_one_of("Tt ");
  auto hours = scan.number(2);
  scan.skip_one_of(":");
  auto minutes = scan.number(2);
  scan.skip_one_of(":");
  auto seconds = scan.number(2);
  auto fraction = 0ns;
  if (scan.next_is_one_of(".")) {
    scan.skip_one_of(".");
    fraction = scan.fraction();
  }
  auto east = scan.next_is_one_of("-") ? -1 : 1;
  auto is_utc = scan.next_is_one_of("Zz");
  scan.skip_one_of("Zz+-");
  auto zone = 0min;
  if (!is_utc) {
    auto zone_hours = scan.number(2);
    scan.skip_one_of(":");
    zone = east * (zone_hours * 60min + scan.number(2) * 1min);
  }
  auto date = std::chrono::year_month_day{year, month, day};
  // What the type holds ends in 2262; a leap second counts as the next one.
  if (!scan.fits || !scan.rest.empty() || !date.ok() || hours > 23
      || minutes > 59 || seconds > 60 || date.year() < std::chrono::year{1900}
      || date.year() > std::chrono::year{2261})
    return make_error(ec::invalid_argument,
                      "'" + std::string{text} + "' is no RFC 3339 time");
  return wall_time{std::chrono::sys_days{date}} + hours * 1h + minutes * 1min
         + seconds * 1s + fraction - zone;
}

std::string to_rfc3339(wall_time at) {
  auto second = std::chrono::floor<std::chrono::seconds>(at);
  auto day = std::chrono::floor<std::chrono::days>(at);
  auto date = std::chrono::year_month_day{day};
  auto time = std::chrono::hh_mm_ss{second - day};
  char text[64];
  std::snprintf(
    text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d",
    static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
    static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
    static_cast<int>(time.minutes().count()),
    static_cast<int>(time.seconds().count()));
  auto out = std::string{text};
  if (auto rest = (at - second).count(); rest != 0) {
    std::snprintf(text, sizeof(text), ".%09d", static_cast<int>(rest));
    out += text;
    out.erase(out.find_last_not_of('0') + 1);
  }
  return out + "Z";
}

} // namespace berth
