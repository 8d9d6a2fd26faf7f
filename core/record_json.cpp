#include "core/record_json.hpp"

#include "core/base64.hpp"
#include "core/json_text.hpp"
#include "core/record_fields.hpp"

#include <concepts>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace berth {

namespace {

using nlohmann::json;

template <has_fields T>
json write(const T& x);

json write(const std::string& x) {
  return x;
}
json write(std::integral auto x) {
  return x;
}
json write(phase x) {
  return to_string(x);
}
json write(session_phase x) {
  return to_string(x);
}
json write(archive_phase x) {
  return to_string(x);
}
json write(archive_purpose x) {
  return to_string(x);
}
json write(build_phase x) {
  return to_string(x);
}
json write(container_kind x) {
  return to_string(x);
}
json write(workspace_type x) {
  return static_cast<uint8_t>(x);
}
json write(duration x) {
  return x.count();
}
json write(wall_time x) {
  return x.time_since_epoch().count();
}
json write(const std::map<std::string, std::string>& x) {
  return x;
}

template <class T>
json write(const std::vector<T>& list) {
  auto out = json::array();
  for (auto& x : list)
    out.push_back(write(x));
  return out;
}

constexpr auto dockerfile_key = "dockerfile", image_key = "image";

json write(const build_source& x) {
  if (auto* file = std::get_if<dockerfile_source>(&x))
    return {{dockerfile_key, write(*file)}};
  return {{image_key, write(std::get<image_source>(x))}};
}

struct writer {
  json out = json::object();

  template <class T>
  void operator()(const char* name, const T& x) {
    out[name] = write(x);
  }
  template <class T>
  void operator()(const char* name, const std::optional<T>& x) {
    if (x)
      out[name] = write(*x);
  }
  template <class T>
  void operator()(const char* name, const std::shared_ptr<const T>& x) {
    if (x)
      out[name] = write(*x);
  }
  void operator()(const char* name, any_bytes<const std::string> x) {
    out[name] = to_base64(x.text);
  }
};

template <has_fields T>
json write(const T& x) {
  auto to = writer{};
  fields_of<T>::visit(to, x);
  return std::move(to.out);
}

template <has_fields T>
void read(const json& from, T& x);

void read(const json& from, std::string& x) {
  from.get_to(x);
}
void read(const json& from, bool& x) {
  from.get_to(x);
}

template <std::integral T>
void read(const json& from, T& x) {
  if (!from.is_number_integer())
    throw std::invalid_argument("is no whole number");
  // nlohmann's own conversions wrap around.
  auto fits = from.is_number_unsigned() ? std::in_range<T>(from.get<uint64_t>())
                                        : std::in_range<T>(from.get<int64_t>());
  if (!fits)
    throw std::invalid_argument("is out of range");
  from.get_to(x);
}

void read(const json& from, phase& x) {
  auto name = from.get<std::string>();
  x = phase_from_string(name);
  if (to_string(x) != name)
    throw std::invalid_argument("is no phase: " + name);
}

template <class Enum>
void read_named(const json& from,
                std::optional<Enum> (*parse)(std::string_view), Enum& x) {
  auto name = from.get<std::string>();
  auto value = parse(name);
  if (!value)
    throw std::invalid_argument("has no known value: " + name);
  x = *value;
}

void read(const json& from, session_phase& x) {
  read_named(from, session_phase_from_string, x);
}

void read(const json& from, archive_phase& x) {
  read_named(from, archive_phase_from_string, x);
}

void read(const json& from, archive_purpose& x) {
  read_named(from, archive_purpose_from_string, x);
}

void read(const json& from, build_phase& x) {
  read_named(from, build_phase_from_string, x);
}

void read(const json& from, container_kind& x) {
  read_named(from, container_kind_from_string, x);
}

void read(const json& from, workspace_type& x) {
  auto number = uint8_t{0};
  read(from, number);
  if (number > static_cast<uint8_t>(workspace_type::imagebuild))
    throw std::invalid_argument("is no workspace type");
  x = static_cast<workspace_type>(number);
}

void read(const json& from, duration& x) {
  auto count = int64_t{0};
  read(from, count);
  x = duration{count};
}

void read(const json& from, wall_time& x) {
  auto since = duration{};
  read(from, since);
  x = wall_time{since};
}

void read(const json& from, std::map<std::string, std::string>& x) {
  from.get_to(x);
}

template <class T>
void read(const json& from, std::vector<T>& list) {
  if (!from.is_array())
    throw std::invalid_argument("is no list");
  for (auto& element : from)
    read(element, list.emplace_back());
}

template <class T>
void read(const json& from, std::optional<T>& x) {
  read(from, x.emplace());
}

template <class T>
void read(const json& from, std::shared_ptr<const T>& x) {
  auto made = std::make_shared<T>();
  read(from, *made);
  x = std::move(made);
}

void read(const json& from, any_bytes<std::string> x) {
  auto bytes = from_base64(from.get<std::string>());
  if (!bytes)
    throw std::invalid_argument("is no base64");
  x.text = std::move(*bytes);
}

void read(const json& from, build_source& x) {
  if (auto file = from.find(dockerfile_key); file != from.end())
    read(*file, x.emplace<dockerfile_source>());
  else
    read(from.at(image_key), x.emplace<image_source>());
}

struct field_reader {
  const json& from;

  void operator()(const char* name, any_bytes<std::string> x) {
    read_field(name, x);
  }

  template <class T>
  void operator()(const char* name, T& x) {
    read_field(name, x);
  }

  template <class T>
  void read_field(const char* name, T& x) {
    auto found = from.find(name);
    if (found == from.end())
      return;
    try {
      read(*found, x);
    } catch (const std::exception& problem) {
      throw std::invalid_argument(std::string{name} + " " + problem.what());
    }
  }
};

template <has_fields T>
void read(const json& from, T& x) {
  if (!from.is_object())
    throw std::invalid_argument("is no object");
  auto fields = field_reader{from};
  fields_of<T>::visit(fields, x);
}

template <class T>
std::string text_of(const T& x) {
  // A file name in a git status may be any bytes; that must not throw.
  return print_json_lossy(write(x));
}

template <class T>
result<T> parse(std::string_view text) {
  try {
    auto out = T{};
    read(parse_json(text), out);
    return out;
  } catch (const std::exception& problem) {
    return make_error(ec::data_loss,
                      std::string{"parse JSON: "} + problem.what());
  }
}

} // namespace

std::string to_json(const workspace_record& x) {
  return text_of(x);
}

result<workspace_record> record_from_json(std::string_view text) {
  return parse<workspace_record>(text);
}

std::string to_json(const stored_image& x) {
  return text_of(x);
}

result<stored_image> image_from_json(std::string_view text) {
  return parse<stored_image>(text);
}

std::string to_json(const session_record& x) {
  return text_of(x);
}

result<session_record> session_from_json(std::string_view text) {
  return parse<session_record>(text);
}

std::string to_json(const archive_record& x) {
  return text_of(x);
}

result<archive_record> archive_from_json(std::string_view text) {
  return parse<archive_record>(text);
}

std::string to_json(const build_record& x) {
  return text_of(x);
}

result<build_record> build_from_json(std::string_view text) {
  return parse<build_record>(text);
}

std::string to_json(const service_record& x) {
  return text_of(x);
}

result<service_record> service_from_json(std::string_view text) {
  return parse<service_record>(text);
}

} // namespace berth
