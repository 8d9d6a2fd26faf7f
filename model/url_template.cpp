#include "model/url_template.hpp"

namespace berth {

namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(blanks);
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

caf::error bad_template(std::string_view text, std::string why) {
  return make_error(ec::invalid_argument,
                    "URL template \"" + std::string{text} + "\": " + why);
}

} // namespace

std::optional<url_template::field>
url_template::field_called(std::string_view name, url_kind kind) {
  if (name == ".ID")
    return field::id;
  if (name == ".Prefix")
    return field::prefix;
  if (name == ".Host")
    return field::host;
  if (kind == url_kind::port
      && (name == ".WorkspacePort" || name == ".IngressPort"))
    return field::port;
  return std::nullopt;
}

result<url_template> url_template::parse(std::string_view text, url_kind kind) {
  url_template made;
  auto rest = text;
  for (;;) {
    auto open = rest.find("{{");
    made.pieces_.push_back({std::string{rest.substr(0, open)}, std::nullopt});
    if (open == rest.npos)
      return made;
    rest.remove_prefix(open + 2);
    auto close = rest.find("}}");
    if (close == rest.npos)
      return bad_template(text, "{{ without }}");
    auto name = trimmed(rest.substr(0, close));
    auto found = field_called(name, kind);
    if (!found)
      return bad_template(text, "unknown field " + std::string{name});
    made.pieces_.back().then = found;
    rest.remove_prefix(close + 2);
  }
}

std::string url_template::render(const url_fields& fields) const {
  std::string url;
  for (auto& piece : pieces_) {
    url += piece.text;
    if (!piece.then)
      continue;
    switch (*piece.then) {
      case field::id: url += fields.id; break;
      case field::prefix: url += fields.prefix; break;
      case field::host: url += fields.host; break;
      case field::port: url += std::to_string(fields.port); break;
    }
  }
  return url;
}

} // namespace berth
