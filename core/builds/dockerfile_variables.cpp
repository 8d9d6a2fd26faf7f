#include "core/builds/dockerfile_variables.hpp"

#include <algorithm>
#include <cctype>

namespace berth {

namespace {

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

} // namespace

std::optional<std::string>
dockerfile_variables::find(std::string_view name) const {
  auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : found->second;
}

std::string dockerfile_variables::expanded(std::string_view word) const {
  auto ignored = std::set<std::string>{};
  return expanded(word, ignored);
}

std::string
dockerfile_variables::expanded(std::string_view word,
                               std::set<std::string>& unknown) const {
  auto out = std::string{};
  for (size_t at = 0; at < word.size(); ++at) {
    if (word[at] == escape_ && at + 1 < word.size()) {
      out += word[++at];
    } else if (word[at] == '"' || word[at] == '\'') {
      continue;
    } else if (word[at] != '$' || at + 1 == word.size()) {
      out += word[at];
    } else {
      auto used = use_at(word, at, unknown);
      out += used.value;
      at = used.end - 1;
    }
  }
  return out;
}

std::string
dockerfile_variables::filled_in(std::string_view text,
                                std::set<std::string>& unknown) const {
  auto out = std::string{};
  for (size_t at = 0; at < text.size(); ++at) {
    auto next = text.substr(at + 1, 1);
    if (text[at] == '\\' && (next == "$" || next == "\\")) {
      out += text[++at];
    } else if (text[at] == '\\' && next == "\n") {
      ++at;
    } else if (text[at] == '$'
               && (next == "{" || (!next.empty() && is_name(next[0])))) {
      auto used = use_at(text, at, unknown);
      out += used.value;
      at = used.end - 1;
    } else {
      out += text[at];
    }
  }
  return out;
}

dockerfile_variables::use
dockerfile_variables::use_at(std::string_view text, size_t dollar,
                             std::set<std::string>& unknown) const {
  auto first = dollar + 1;
  if (text[first] == '{') {
    auto end = std::min(text.find('}', first), text.size());
    return {value_of(text.substr(first + 1, end - first - 1), unknown),
            std::min(end + 1, text.size())};
  }
  auto end = first;
  while (end < text.size() && is_name(text[end]))
    ++end;
  return {value_of(text.substr(first, end - first), unknown), end};
}

std::string
dockerfile_variables::value_of(std::string_view expression,
                               std::set<std::string>& unknown) const {
  auto colon = expression.find(':');
  auto name = expression.substr(0, colon);
  auto known = find(name);
  if (!known)
    unknown.emplace(name);
  auto value = known.value_or("");
  if (colon == expression.npos || colon + 1 >= expression.size())
    return value;
  auto other = expression.substr(colon + 2);
  if (expression[colon + 1] == '-')
    return value.empty() ? expanded(other, unknown) : value;
  if (expression[colon + 1] == '+')
    return value.empty() ? std::string{} : expanded(other, unknown);
  return value;
}

} // namespace berth
