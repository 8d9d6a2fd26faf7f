#include "app/berth/table.hpp"

#include "app/berth/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <ostream>

namespace berth::cli {

namespace {

constexpr size_t gap = 2;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Characters, not bytes.
size_t length(const std::string& text) {
  return text.size()
         - static_cast<size_t>(std::ranges::count_if(text, is_continuation));
}

std::string first(const std::string& text, size_t characters) {
  size_t at = 0;
  for (; at < text.size(); ++at)
    if (!is_continuation(text[at]) && characters-- == 0)
      break;
  return text.substr(0, at);
}

std::string cut(const std::string& text, size_t width, bool is_prefix) {
  if (length(text) <= width)
    return text;
  return is_prefix ? first(text, width) : first(text, width - 1) + "…";
}

size_t total(const std::vector<size_t>& widths) {
  auto shown = static_cast<size_t>(
    std::ranges::count_if(widths, [](size_t w) { return w > 0; }));
  return std::accumulate(widths.begin(), widths.end(), size_t{0})
         + (shown > 0 ? (shown - 1) * gap : 0);
}

} // namespace

table::table(std::vector<column> columns) : columns_(std::move(columns)) {}

void table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (auto& cell : cells) {
    cell = printable(cell);
    if (cell.empty())
      cell = "-";
  }
  rows_.push_back(std::move(cells));
}

std::vector<size_t> table::widths() const {
  std::vector<size_t> needed;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = length(columns_[i].title);
    for (const auto& row : rows_)
      widest = std::max(widest, length(row[i]));
    needed.push_back(widest);
  }
  return needed;
}

std::vector<size_t> table::fitted(size_t width) const {
  auto now = widths();
  if (width == 0)
    return now;
  auto least = now;
  for (size_t i = 0; i < now.size(); ++i)
    if (columns_[i].least > 0)
      least[i] = std::min(
        now[i], std::max(columns_[i].least, length(columns_[i].title)));
  for (size_t i = now.size(); i-- > 0 && total(least) > width;)
    if (columns_[i].optional)
      now[i] = least[i] = 0;
  while (total(now) > width) {
    size_t widest = now.size();
    for (size_t i = 0; i < now.size(); ++i)
      if (now[i] > least[i] && (widest == now.size() || now[i] > now[widest]))
        widest = i;
    if (widest == now.size())
      break; // as narrow as it gets
    --now[widest];
  }
  return now;
}

void table::print(std::ostream& out, size_t width) const {
  auto room = fitted(width);
  auto line = [&](auto&& cell_of) {
    std::string text;
    for (size_t i = 0; i < room.size(); ++i) {
      if (room[i] == 0)
        continue;
      auto cell = cut(cell_of(i), room[i], columns_[i].is_prefix);
      auto filled = length(cell);
      text += cell + std::string(room[i] - filled + gap, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  line([&](size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_)
    line([&](size_t i) -> const std::string& { return row[i]; });
}

void facts::add(std::string name, std::string value) {
  value = printable(value);
  if (!value.empty())
    rows_.emplace_back(std::move(name), std::move(value));
}

void facts::print(std::ostream& out) const {
  size_t widest = 0;
  for (const auto& [name, value] : rows_)
    widest = std::max(widest, name.size());
  for (const auto& [name, value] : rows_)
    out << name << std::string(widest - name.size() + gap, ' ') << value
        << '\n';
}

size_t output_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    return size.ws_col;
  return 0;
}

} // namespace berth::cli
