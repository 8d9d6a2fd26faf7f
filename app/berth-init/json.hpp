#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace berth::init {

/// A JSON value. Numbers, true, false and null keep their text: whoever needs
/// them here puts them into an environment.
struct json {
  using array = std::vector<json>;
  using object = std::map<std::string, json>;
  struct literal {
    std::string text;
  };

  std::variant<literal, std::string, array, object> value;

  const std::string* as_string() const {
    return std::get_if<std::string>(&value);
  }
  const array* as_array() const { return std::get_if<array>(&value); }
  const object* as_object() const { return std::get_if<object>(&value); }
};

/// Reads one document, strictly by RFC 8259; nothing if it is not one or nests
/// deeper than 32. Of a name that comes twice the last one counts.
std::optional<json> parse_json(std::string_view text);

} // namespace berth::init
