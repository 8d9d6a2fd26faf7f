#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// JSON from text and to text, compiled once: the compiler makes the parser and
/// the printer anew in every source that calls them, each as much code as a
/// hundred lines of ours.
namespace berth {

/// Throws `nlohmann::json::parse_error`.
nlohmann::json parse_json(std::string_view text);

/// Is of no type (`is_discarded`) if `text` is no JSON.
nlohmann::json parse_json_or_discard(std::string_view text);

/// Without `indent`, in one line.
inline constexpr int one_line = -1;

/// Throws `nlohmann::json::type_error` if a text in it is no UTF-8.
std::string print_json(const nlohmann::json&, int indent = one_line);

/// With U+FFFD for what is no UTF-8.
std::string print_json_lossy(const nlohmann::json&, int indent = one_line);

} // namespace berth
