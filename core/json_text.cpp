#include "core/json_text.hpp"

namespace berth {

using nlohmann::json;

json parse_json(std::string_view text) {
  return json::parse(text);
}

json parse_json_or_discard(std::string_view text) {
  return json::parse(text, nullptr, false);
}

std::string print_json(const json& what, int indent) {
  return what.dump(indent);
}

std::string print_json_lossy(const json& what, int indent) {
  return what.dump(indent, ' ', false, json::error_handler_t::replace);
}

} // namespace berth
