#include "core/s3/xml.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace berth::s3 {

namespace {

constexpr size_t most_bytes = size_t{4} << 20;
constexpr auto most_levels = 8;
constexpr auto most_elements = 100'000;

constexpr std::array<std::pair<std::string_view, char>, 5> known_entities{
  {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'
         || c == ':';
}

bool append_code_point(std::string& out, uint32_t code) {
  auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
    return false;
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
  return true;
}

/// Goes through the text once; every member says whether it found what it
/// stands before.
class xml_reader {
public:
  explicit xml_reader(std::string_view text) : rest_(text) {}

  bool document(xml_element& root) {
    return skip_misc() && rest_.starts_with('<') && element(root, 1)
           && skip_misc() && rest_.empty();
  }

private:
  bool take(std::string_view what) {
    if (!rest_.starts_with(what))
      return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front()))
      rest_.remove_prefix(1);
  }

  bool skip_past(std::string_view what) {
    auto at = rest_.find(what);
    if (at == rest_.npos)
      return false;
    rest_.remove_prefix(at + what.size());
    return true;
  }

  /// Declaration and comments; not what declares entities.
  bool skip_misc() {
    for (;;) {
      skip_blanks();
      if (rest_.starts_with("<?")) {
        if (!skip_past("?>"))
          return false;
      } else if (rest_.starts_with("<!--")) {
        if (!skip_past("-->"))
          return false;
      } else {
        return true;
      }
    }
  }

  bool name(std::string_view& out) {
    auto end = size_t{0};
    while (end < rest_.size() && is_name_char(rest_[end]))
      ++end;
    out = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return !out.empty();
  }

  bool attribute() {
    auto ignored = std::string_view{};
    if (!name(ignored))
      return false;
    skip_blanks();
    if (!take("="))
      return false;
    skip_blanks();
    auto quote = rest_.substr(0, 1);
    if (quote != "\"" && quote != "'")
      return false;
    rest_.remove_prefix(1);
    return skip_past(quote);
  }

  bool entity(std::string& out) {
    auto end = rest_.find(';');
    if (end == rest_.npos || end > 10)
      return false;
    auto what = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    for (auto [word, c] : known_entities)
      if (what == word) {
        out += c;
        return true;
      }
    if (!what.starts_with('#'))
      return false;
    what.remove_prefix(1);
    auto base = 10;
    if (what.starts_with('x')) {
      what.remove_prefix(1);
      base = 16;
    }
    auto code = uint32_t{0};
    auto* stop = what.data() + what.size();
    auto [at, err] = std::from_chars(what.data(), stop, code, base);
    return err == std::errc{} && at == stop && append_code_point(out, code);
  }

  bool element(xml_element& out, int level) {
    auto full = std::string_view{};
    if (level > most_levels || ++elements_ > most_elements || !take("<")
        || !name(full))
      return false;
    out.name = full.substr(full.find(':') + 1);
    for (skip_blanks(); !rest_.empty() && is_name_char(rest_.front());
         skip_blanks())
      if (!attribute())
        return false;
    if (take("/>"))
      return true;
    return take(">") && content(out, level) && closing(full);
  }

  bool content(xml_element& out, int level) {
    while (!rest_.empty()) {
      if (rest_.starts_with("</"))
        return true;
      if (rest_.starts_with("<!--")) {
        if (!skip_past("-->"))
          return false;
      } else if (rest_.front() == '<') {
        if (!element(out.children.emplace_back(), level + 1))
          return false;
      } else if (take("&")) {
        if (!entity(out.text))
          return false;
      } else {
        auto run = rest_.substr(0, rest_.find_first_of("<&"));
        out.text += run;
        rest_.remove_prefix(run.size());
      }
    }
    return false;
  }

  bool closing(std::string_view full) {
    if (!take("</") || !take(full))
      return false;
    skip_blanks();
    return take(">");
  }

  std::string_view rest_;
  int elements_ = 0;
};

} // namespace

const xml_element* xml_element::child(std::string_view wanted) const {
  for (const auto& each : children)
    if (each.name == wanted)
      return &each;
  return nullptr;
}

std::string xml_element::text_of(std::string_view wanted) const {
  const auto* found = child(wanted);
  return found ? found->text : std::string{};
}

result<xml_element> parse_xml(std::string_view text) {
  auto root = xml_element{};
  if (text.size() <= most_bytes && xml_reader{text}.document(root))
    return root;
  return make_error(ec::data_loss, "the store's answer is not readable");
}

std::string xml_escaped(std::string_view text) {
  auto out = std::string{};
  for (auto c : text) {
    auto found = std::string_view{};
    for (auto [word, meant] : known_entities)
      if (c == meant)
        found = word;
    if (found.empty())
      out += c;
    else
      out.append("&").append(found).append(";");
  }
  return out;
}

} // namespace berth::s3
