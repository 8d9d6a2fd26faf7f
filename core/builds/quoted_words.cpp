#include "core/builds/quoted_words.hpp"

#include "core/builds/dockerfile_lines.hpp"

namespace berth {

std::vector<quoted_word> quoted_words(std::string_view line, char escape) {
  auto out = std::vector<quoted_word>{};
  auto quote = '\0';
  auto is_in_word = false;
  for (size_t at = 0; at < line.size(); ++at) {
    auto c = line[at];
    if (quote == '\0' && dockerfile_lines::is_blank(c)) {
      is_in_word = false;
      continue;
    }
    if (!is_in_word)
      out.push_back({"", at});
    is_in_word = true;
    out.back().text += c;
    if (c == escape && quote != '\'' && at + 1 < line.size())
      out.back().text += line[++at];
    else if (c == quote)
      quote = '\0';
    else if (quote == '\0' && (c == '"' || c == '\''))
      quote = c;
  }
  return out;
}

std::string without_quotes(std::string_view word) {
  auto out = std::string{};
  for (auto c : word)
    if (c != '"' && c != '\'')
      out += c;
  return out;
}

} // namespace berth
