#pragma once

#include "model/error.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::cli {

/// One option of a command line.
struct flag {
  std::string_view name;  ///< without its dashes
  char letter = 0;        ///< its short form, 0: none
  std::string_view value; ///< what stands for its value in help; empty: none
  std::string_view help;
};

/// `invalid_argument`: the command line asks for what cannot be.
caf::error refused(std::string text);

/// A command line, taken apart.
class arguments {
public:
  /// Takes `words` apart: `--name value`, `--name=value`, `-x value`, `-xy`,
  /// operands, and after `--` the words that are somebody else's.
  /// `invalid_argument` for options that are not in `flags`, for missing
  /// values and for values where none is taken. With `until_operand` it stops
  /// at the first operand and leaves all from there on in `rest`.
  static result<arguments> parse(std::span<const flag> flags,
                                 std::span<const std::string> words,
                                 bool until_operand = false);

  bool has(std::string_view name) const;
  /// The last one given.
  std::optional<std::string> value(std::string_view name) const;
  std::string value_or(std::string_view name, std::string fallback) const;
  std::vector<std::string> values(std::string_view name) const;

  std::vector<std::string> operands;
  std::vector<std::string> rest;
  bool has_rest = false; ///< whether there was a `--`

  /// Puts the options of `outer` before these.
  void inherit(const arguments& outer);

private:
  std::vector<std::pair<std::string, std::string>> options_;
};

} // namespace berth::cli
