#include "core/builds/run_mounts.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace berth {

namespace {

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// Takes a word off the front, in lower case.
std::string take_keyword(std::string_view& text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  auto out = std::string{};
  for (; !text.empty() && !is_space(text.front()); text.remove_prefix(1))
    out += static_cast<char>(
      std::tolower(static_cast<unsigned char>(text.front())));
  return out;
}

struct run_options {
  std::vector<std::string> words;
  std::string_view behind; ///< the first character of the command
};

/// The options of an instruction as a builder reads them. Quotes and what
/// escapes a character are gone: both kinds of it, as it is read twice.
run_options options_of(std::string_view text) {
  auto out = run_options{};
  for (size_t at = 0;;) {
    while (at < text.size() && is_space(text[at]))
      ++at;
    out.behind = text.substr(std::min(at, text.size()), 1);
    if (!text.substr(at).starts_with("--"))
      return out;
    auto word = std::string{};
    auto quote = '\0';
    for (; at < text.size() && (quote != '\0' || !is_space(text[at])); ++at) {
      auto c = text[at];
      if (c == quote)
        quote = '\0';
      else if (quote == '\0' && (c == '"' || c == '\''))
        quote = c;
      else if (c == '\\' && at + 1 < text.size())
        word += text[++at];
      else
        word += c;
    }
    std::erase_if(word, [](char c) {
      return c == '"' || c == '\'' || c == '\\' || c == '`';
    });
    out.words.push_back(std::move(word));
  }
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(
    text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool leads_up(std::string_view option) {
  for (;;) {
    auto end = option.find_first_of("/,= \t");
    if (option.substr(0, end) == "..")
      return true;
    if (end == option.npos)
      return false;
    option.remove_prefix(end + 1);
  }
}

} // namespace

result<void> check_run_mounts(std::string_view instruction) {
  // Bytes that builders take for blanks, each for others.
  auto strange = [] {
    return make_error(ec::failed_precondition,
                      "where an instruction begins there is a character that "
                      "is not ASCII");
  };
  auto keyword = take_keyword(instruction);
  while (keyword == "onbuild")
    keyword = take_keyword(instruction);
  if (!is_ascii(keyword))
    return strange();
  if (keyword != "run")
    return {};
  auto options = options_of(instruction);
  for (const auto& option : options.words) {
    if (!is_ascii(option))
      return strange();
    if (option.starts_with("--mount") && leads_up(option))
      return make_error(ec::failed_precondition,
                        "a mount of a RUN has \"..\" in it: " + option);
  }
  return is_ascii(options.behind) ? result<void>{} : result<void>{strange()};
}

} // namespace berth
