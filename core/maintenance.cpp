#include "core/maintenance.hpp"

#include "core/json_text.hpp"
#include "core/rfc3339.hpp"
#include "sys/file.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>

namespace berth {

namespace {

constexpr size_t largest_file = 64 << 10;

} // namespace

result<std::optional<wall_time>>
maintenance_end(const std::filesystem::path& file) {
  auto text = sys::read_file(file, largest_file);
  if (!text && is_errno(text.error(), ENOENT))
    return std::nullopt;
  if (!text)
    return std::move(text.error());
  auto parsed = parse_json_or_discard(*text);
  if (!parsed.is_object())
    return make_error(ec::invalid_argument, "is no JSON object");
  auto until = parsed.find("enabledUntil");
  if (until == parsed.end() || until->is_null())
    return std::nullopt;
  if (!until->is_string())
    return make_error(ec::invalid_argument, "enabledUntil is no text");
  auto end = parse_rfc3339(until->get<std::string>());
  if (!end)
    return std::move(end.error());
  return *end;
}

result<void> announce_maintenance(const std::filesystem::path& file,
                                  std::optional<wall_time> until) {
  auto said = nlohmann::json{{"enabledUntil", nullptr}};
  if (until)
    said["enabledUntil"] = to_rfc3339(*until);
  return sys::replace_file(file, print_json(said) + "\n", 0644);
}

result<bool> is_under_maintenance(const std::filesystem::path& file,
                                  wall_time now) {
  auto end = maintenance_end(file);
  if (!end)
    return std::move(end.error());
  return *end && now < **end;
}

} // namespace berth
