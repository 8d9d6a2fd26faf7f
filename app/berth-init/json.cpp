#include "app/berth-init/json.hpp"

#include <cstdint>

namespace berth::init {

namespace {

constexpr auto max_depth = 32;

void append_utf8(std::string& out, uint32_t point) {
  auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

/// Each function reads one thing off the front of the text; `false` or nothing
/// means that it is not there, upon which all is given up.
class parser {
public:
  explicit parser(std::string_view text) : rest_(text) {}

  std::optional<json> document() {
    auto found = value(max_depth);
    skip_blanks();
    return found && rest_.empty() ? std::move(found) : std::nullopt;
  }

private:
  void skip_blanks() {
    auto end = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end);
  }

  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_after_blanks(char wanted) {
    skip_blanks();
    return take(wanted);
  }

  std::optional<json> value(int depth) {
    skip_blanks();
    if (rest_.empty() || depth == 0)
      return std::nullopt;
    switch (rest_.front()) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': {
        auto text = string();
        return text ? std::optional{json{std::move(*text)}} : std::nullopt;
      }
      default: return literal();
    }
  }

  std::optional<json> object(int depth) {
    auto members = json::object{};
    take('{');
    if (take_after_blanks('}'))
      return json{std::move(members)};
    do {
      skip_blanks();
      auto name = string();
      if (!name || !take_after_blanks(':'))
        return std::nullopt;
      auto member = value(depth - 1);
      if (!member)
        return std::nullopt;
      members.insert_or_assign(std::move(*name), std::move(*member));
    } while (take_after_blanks(','));
    return take('}') ? std::optional{json{std::move(members)}} : std::nullopt;
  }

  std::optional<json> array(int depth) {
    auto elements = json::array{};
    take('[');
    if (take_after_blanks(']'))
      return json{std::move(elements)};
    do {
      auto element = value(depth - 1);
      if (!element)
        return std::nullopt;
      elements.push_back(std::move(*element));
    } while (take_after_blanks(','));
    return take(']') ? std::optional{json{std::move(elements)}} : std::nullopt;
  }

  std::optional<json> literal() {
    for (std::string_view word : {"true", "false", "null"}) {
      if (!rest_.starts_with(word))
        continue;
      rest_.remove_prefix(word.size());
      return json{json::literal{std::string{word}}};
    }
    return number();
  }

  bool take_digits(std::string& into) {
    auto any = false;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
         any = true)
      take_into(into);
    return any;
  }

  void take_into(std::string& into) {
    into += rest_.front();
    rest_.remove_prefix(1);
  }

  std::optional<json> number() {
    auto text = std::string{};
    if (rest_.starts_with('-'))
      take_into(text);
    if (rest_.starts_with('0'))
      take_into(text);
    else if (!take_digits(text))
      return std::nullopt;
    if (rest_.starts_with('.')) {
      take_into(text);
      if (!take_digits(text))
        return std::nullopt;
    }
    if (rest_.starts_with('e') || rest_.starts_with('E')) {
      take_into(text);
      if (rest_.starts_with('+') || rest_.starts_with('-'))
        take_into(text);
      if (!take_digits(text))
        return std::nullopt;
    }
    return json{json::literal{std::move(text)}};
  }

  std::optional<std::string> string() {
    auto text = std::string{};
    if (!take('"'))
      return std::nullopt;
    while (!take('"')) {
      if (rest_.empty() || static_cast<unsigned char>(rest_.front()) < 0x20)
        return std::nullopt;
      if (!take('\\'))
        take_into(text);
      else if (!escape(text))
        return std::nullopt;
    }
    return text;
  }

  bool escape(std::string& text) {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (take('u'))
      return unicode(text);
    auto which = rest_.empty() ? names.npos : names.find(rest_.front());
    if (which == names.npos)
      return false;
    rest_.remove_prefix(1);
    text += meanings[which];
    return true;
  }

  bool unicode(std::string& text) {
    auto point = hex4();
    if (!point || (*point >= 0xdc00 && *point < 0xe000) || *point == 0)
      return false; // a lonely second half; a NUL fits no environment
    if (*point >= 0xd800 && *point < 0xdc00) {
      auto second = take('\\') && take('u') ? hex4() : std::nullopt;
      if (!second || *second < 0xdc00 || *second >= 0xe000)
        return false;
      *point = 0x10000 + ((*point - 0xd800) << 10) + (*second - 0xdc00);
    }
    append_utf8(text, *point);
    return true;
  }

  std::optional<uint32_t> hex4() {
    constexpr std::string_view digits = "0123456789abcdef";
    auto number = uint32_t{0};
    for (auto i = 0; i < 4; ++i) {
      if (rest_.empty())
        return std::nullopt;
      auto lower = rest_.front() >= 'A' && rest_.front() <= 'F'
                     ? static_cast<char>(rest_.front() - 'A' + 'a')
                     : rest_.front();
      auto digit = digits.find(lower);
      if (digit == digits.npos)
        return std::nullopt;
      number = number << 4 | static_cast<uint32_t>(digit);
      rest_.remove_prefix(1);
    }
    return number;
  }

  std::string_view rest_;
};

} // namespace

std::optional<json> parse_json(std::string_view text) {
  return parser{text}.document();
}

} // namespace berth::init
