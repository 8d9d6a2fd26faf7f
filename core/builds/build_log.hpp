#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// What stands in a log in place of what must not.
inline constexpr std::string_view censored_mark = "[censored]";

/// Takes words out of a text that comes in pieces, wherever these part it.
class log_censor {
public:
  /// Words of less than four bytes are left alone: they would spoil every log
  /// and hide nothing.
  explicit log_censor(std::vector<std::string> words);

  /// These are all from now on.
  void look_for(std::vector<std::string> words);
  /// What can be shown now. The end of a piece that may begin a word waits for
  /// the next one.
  std::string pass(std::string_view piece);
  /// The rest.
  std::string finish();

private:
  std::string take(bool is_last);

  std::vector<std::string> words_; ///< longest first
  std::string pending_;
};

/// Takes what would move a terminal's cursor, colour it or ring its bell out of
/// a text: escape sequences (ECMA-48), and control characters but line ends and
/// tabs. A return ends a line.
class log_cleaner {
public:
  std::string pass(std::string_view piece);

private:
  /// Whether `c` belongs to an escape sequence.
  bool is_of_sequence(unsigned char c);

  /// In what: none, behind its ESC, parameters of a CSI, or a string that goes
  /// on until a bell or another ESC.
  enum class sequence { none, begun, parameters, string };

  sequence in_ = sequence::none;
  bool was_return_ = false;
};

/// The newest part of a log.
class log_ring {
public:
  /// After `begin` bytes that are lost.
  explicit log_ring(size_t limit, uint64_t begin = 0)
    : limit_(limit), begin_(begin) {}

  void add(std::string_view text);
  /// Bytes are counted from the log's very begin, lost ones too.
  uint64_t begin() const { return begin_; }
  uint64_t end() const { return begin_ + text_.size(); }
  /// At most `most` bytes from `at` on, or from the begin if that is lost.
  std::string read(uint64_t at, size_t most) const;

private:
  size_t limit_;
  uint64_t begin_;
  std::string text_;
};

} // namespace berth
