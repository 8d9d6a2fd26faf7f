#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// Where something is in a text.
struct text_span {
  size_t begin, end;
};

/// The instructions of a Dockerfile, one after the other, each with the lines
/// that it goes on over.
class dockerfile_instructions {
public:
  /// `text` has to outlive this.
  explicit dockerfile_instructions(std::string_view text);

  /// Nothing at the end. Comments and empty lines within an instruction belong
  /// to it, those between two are skipped.
  std::optional<text_span> next();

  /// Where to read on.
  size_t position() const { return at_; }
  void move_to(size_t position) { at_ = position; }

  /// What ends a line that goes on, and takes a meaning from a character.
  char escape() const { return escape_; }

  /// The words of an instruction, blanks in quotes part them too.
  std::vector<text_span> words(text_span instruction) const;

  /// An instruction in one line, as a builder puts it together.
  std::string joined(text_span instruction) const;

private:
  size_t behind_comment(size_t at, size_t end) const;
  bool is_line_end(size_t at, size_t end) const;

  std::string_view text_;
  char escape_;
  size_t at_ = 0;
};

} // namespace berth
