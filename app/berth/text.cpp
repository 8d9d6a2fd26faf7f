#include "app/berth/text.hpp"

#include <google/protobuf/util/json_util.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace berth::cli {

std::string printable(std::string_view text) {
  std::string clean{text};
  for (size_t i = 0; i < clean.size(); ++i) {
    auto byte = static_cast<unsigned char>(clean[i]);
    // C1 controls are C2 80 to C2 9F in UTF-8.
    bool is_c1 = byte == 0xc2 && i + 1 < clean.size()
                 && static_cast<unsigned char>(clean[i + 1]) < 0xa0;
    if (is_c1)
      clean[i] = clean[i + 1] = ' ';
    if (byte < 0x20 || byte == 0x7f)
      clean[i] = ' ';
  }
  while (!clean.empty() && clean.back() == ' ')
    clean.pop_back();
  return clean;
}

std::optional<uint32_t> port_number(std::string_view text) {
  uint32_t number = 0;
  auto [end, failed]
    = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || number == 0
      || number > 65535)
    return std::nullopt;
  return number;
}

std::string format_bytes(uint64_t bytes) {
  static constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= 999.5 && unit + 1 < units.size(); ++unit)
    size /= 1024;
  std::array<char, 32> text{};
  bool is_small = unit > 0 && size < 9.95;
  std::snprintf(text.data(), text.size(), "%.*f %s", is_small ? 1 : 0, size,
                units[unit]);
  return text.data();
}

std::string format_age(std::chrono::seconds age) {
  auto s = std::max<int64_t>(age.count(), 0);
  if (s < 120)
    return std::to_string(s) + "s";
  if (s < 120 * 60)
    return std::to_string(s / 60) + "m";
  if (s < 48 * 3600)
    return std::to_string(s / 3600) + "h";
  return std::to_string(s / 86400) + "d";
}

std::string age_of(const google::protobuf::Timestamp& then) {
  if (then.seconds() == 0)
    return "-";
  return format_age(std::chrono::seconds{std::time(nullptr) - then.seconds()});
}

std::string format_time(int64_t unix_seconds) {
  if (unix_seconds == 0)
    return "-";
  auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%SZ", &parts);
  return text.data();
}

std::string phase_name(wsman::WorkspacePhase phase) {
  const auto& name = wsman::WorkspacePhase_Name(phase);
  return name.empty() ? std::to_string(static_cast<int>(phase)) : name;
}

std::string type_name(wsman::WorkspaceType type) {
  auto name = wsman::WorkspaceType_Name(type);
  for (auto& c : name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name.empty() ? std::to_string(static_cast<int>(type)) : name;
}

std::optional<int> percent_of(std::string_view message) {
  auto sign = message.find('%');
  if (sign == message.npos)
    return std::nullopt;
  auto end = sign;
  while (end > 0 && message[end - 1] == ' ')
    --end;
  auto begin = end;
  while (begin > 0
         && std::isdigit(static_cast<unsigned char>(message[begin - 1])))
    --begin;
  if (begin == end || end - begin > 3)
    return std::nullopt;
  int percent = std::stoi(std::string{message.substr(begin, end - begin)});
  return percent <= 100 ? std::optional{percent} : std::nullopt;
}

std::string to_json(const google::protobuf::Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions how;
  how.add_whitespace = pretty;
  how.always_print_primitive_fields = true;
  std::string text;
  // Only a message with broken well-known types cannot be printed; ours come
  // from the parser.
  (void)google::protobuf::util::MessageToJsonString(message, &text, how);
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

} // namespace berth::cli
