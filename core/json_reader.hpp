#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

/// Strict access to JSON from someone we do not trust. Internal to `core`:
/// these throw `std::invalid_argument`, and whoever calls them catches.
namespace berth::json_reader {

using nlohmann::json;

[[noreturn]] inline void refuse(std::string_view name, std::string_view why) {
  throw std::invalid_argument(std::string{name} + " " + std::string{why});
}

inline const json& member(const json& object, const char* name) {
  auto found = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || found == object.end())
    refuse(name, "is missing");
  return *found;
}

inline std::string text(const json& object, const char* name,
                        size_t most = 64 * 1024) {
  const auto& value = member(object, name);
  if (!value.is_string())
    refuse(name, "is not a text");
  const auto& out = value.get_ref<const std::string&>();
  if (out.size() > most)
    refuse(name, "is too long");
  return out;
}

template <std::integral T>
T number(const json& object, const char* name,
         T most = std::numeric_limits<T>::max()) {
  const auto& value = member(object, name);
  if (!value.is_number_integer())
    refuse(name, "is not a whole number");
  // is_number_unsigned() is false exactly for negative numbers.
  if (!value.is_number_unsigned() && std::unsigned_integral<T>)
    refuse(name, "is negative");
  if (value.is_number_unsigned()) {
    auto wide = value.get<uint64_t>();
    if (wide > static_cast<uint64_t>(most))
      refuse(name, "is too large");
    return static_cast<T>(wide);
  }
  auto wide = value.get<int64_t>();
  if (wide < static_cast<int64_t>(std::numeric_limits<T>::min()))
    refuse(name, "is too small");
  return static_cast<T>(wide);
}

inline bool flag(const json& object, const char* name) {
  const auto& value = member(object, name);
  if (!value.is_boolean())
    refuse(name, "is not true or false");
  return value.get<bool>();
}

inline std::string absolute_path(const json& object, const char* name) {
  auto path = text(object, name, 4096);
  if (!path.starts_with('/') || path.find('\0') != path.npos)
    refuse(name, "is not an absolute path");
  return path;
}

inline const json& array(const json& object, const char* name, size_t most) {
  const auto& value = member(object, name);
  if (!value.is_array() || value.size() > most)
    refuse(name, "is no array, or too long");
  return value;
}

template <std::integral T>
std::vector<T> numbers(const json& object, const char* name,
                       size_t most_entries) {
  auto out = std::vector<T>{};
  for (const auto& entry : array(object, name, most_entries))
    out.push_back(number<T>(json{{name, entry}}, name));
  return out;
}

inline std::vector<std::string> texts(const json& object, const char* name,
                                      size_t most_entries,
                                      size_t most_bytes = 64 * 1024) {
  auto out = std::vector<std::string>{};
  for (const auto& entry : array(object, name, most_entries)) {
    if (!entry.is_string()
        || entry.get_ref<const std::string&>().size() > most_bytes)
      refuse(name, "has an entry that is no text, or too long");
    out.push_back(entry.get<std::string>());
  }
  return out;
}

} // namespace berth::json_reader
