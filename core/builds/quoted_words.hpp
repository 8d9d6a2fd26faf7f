#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth {

struct quoted_word {
  std::string text; ///< with its quotes
  size_t begin;     ///< in the line
};

/// The words of a line; blanks in quotes, and behind `escape`, part none.
std::vector<quoted_word> quoted_words(std::string_view line, char escape);

std::string without_quotes(std::string_view word);

} // namespace berth
