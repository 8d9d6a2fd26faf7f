#include "core/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

namespace berth {

namespace {

std::atomic<log_level> threshold = log_level::info;
std::atomic<bool> as_json = false;

constexpr std::array level_names{"debug", "info", "warning", "error"};

std::string timestamp() {
  auto now = std::chrono::system_clock::now();
  auto seconds = std::chrono::system_clock::to_time_t(now);
  auto micros = std::chrono::duration_cast<std::chrono::microseconds>(
                  now.time_since_epoch())
                  .count()
                % 1'000'000;
  auto parts = std::tm{};
  ::gmtime_r(&seconds, &parts);
  auto text = std::array<char, 64>{};
  auto length = std::strftime(text.data(), text.size(), "%FT%T", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%06ldZ",
                static_cast<long>(micros));
  return text.data();
}

/// Quotes and control bytes as a JSON string has them: one record stays one
/// line, whatever a repository or an image says.
std::string escaped(std::string_view text) {
  auto out = std::string{};
  for (auto c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      auto code = std::array<char, 8>{};
      std::snprintf(code.data(), code.size(), "\\u%04x", c);
      out += code.data();
    } else {
      out += c;
    }
  }
  return out;
}

} // namespace

void configure_log(log_level least, bool json) {
  threshold = least;
  as_json = json;
}

void log(log_level level, std::string_view what, std::string_view whose,
         std::string_view text) {
  if (level < threshold.load())
    return;
  auto line = std::string{};
  auto name = level_names[static_cast<size_t>(level)];
  if (as_json) {
    line = R"({"time":")" + timestamp() + R"(","level":")" + name
           + R"(","event":")" + escaped(what) + R"(","subject":")"
           + escaped(whose) + R"(","text":")" + escaped(text) + "\"}\n";
  } else {
    line = timestamp() + " " + name + " " + escaped(what);
    if (!whose.empty())
      line += " " + escaped(whose);
    if (!text.empty())
      line += ": " + escaped(text);
    line += '\n';
  }
  // One write a line: lines of several threads do not mix.
  [[maybe_unused]] auto written
    = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace berth
