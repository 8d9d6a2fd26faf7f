#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace berth::cli {

/// How a column behaves where the terminal is too narrow.
struct column {
  std::string title;
  size_t least = 0;       ///< never narrower; 0: never narrower than its cells
  bool optional = false;  ///< may be left out, right-most first
  bool is_prefix = false; ///< cut without a mark: a shorter one means the same
};

/// Rows of text under titles, two blanks between columns.
class table {
public:
  explicit table(std::vector<column> columns);

  /// As many cells as there are columns. Control characters become blanks, an
  /// empty cell becomes "-".
  void add(std::vector<std::string> cells);

  /// Fits into `width` characters where it can; 0: no limit.
  void print(std::ostream& out, size_t width) const;

private:
  std::vector<size_t> widths() const;
  /// Width per column, 0 for those that are left out.
  std::vector<size_t> fitted(size_t width) const;

  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Pairs, one a line, values aligned. For a single thing.
class facts {
public:
  /// Left out if `value` is empty.
  void add(std::string name, std::string value);
  void print(std::ostream& out) const;

private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

/// Columns of the terminal that is stdout; 0 if it is none.
size_t output_width();

} // namespace berth::cli
