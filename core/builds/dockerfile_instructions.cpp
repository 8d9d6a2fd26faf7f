#include "core/builds/dockerfile_instructions.hpp"

#include "core/builds/dockerfile_lines.hpp"

#include <algorithm>

namespace berth {

using dockerfile_lines::is_blank;
using dockerfile_lines::next_line;

dockerfile_instructions::dockerfile_instructions(std::string_view text)
  : text_(text), escape_(dockerfile_lines::escape_of(text)) {}

std::optional<text_span> dockerfile_instructions::next() {
  while (at_ < text_.size()) {
    auto begin = at_;
    auto line = next_line(text_, at_);
    if (line.empty() || line.front() == '#')
      continue;
    while (line.ends_with(escape_) && at_ < text_.size())
      if (auto more = next_line(text_, at_);
          !more.empty() && more.front() != '#')
        line = more;
    return text_span{begin, std::min(at_, text_.size())};
  }
  return std::nullopt;
}

std::vector<text_span> dockerfile_instructions::words(text_span of) const {
  auto out = std::vector<text_span>{};
  for (auto at = of.begin; at < of.end;) {
    if (text_[at] == '\n') {
      at = behind_comment(at + 1, of.end);
      continue;
    }
    if (is_blank(text_[at]) || is_line_end(at, of.end)) {
      ++at;
      continue;
    }
    auto first = at;
    while (at < of.end && !is_blank(text_[at]) && text_[at] != '\n'
           && !is_line_end(at, of.end))
      ++at;
    out.push_back({first, at});
  }
  return out;
}

std::string dockerfile_instructions::joined(text_span of) const {
  auto out = std::string{};
  for (auto at = of.begin; at < of.end;)
    if (text_[at] == '\n')
      at = behind_comment(at + 1, of.end);
    else if (is_line_end(at, of.end))
      at = std::min(text_.find('\n', at), of.end);
    else
      out += text_[at++];
  return out;
}

/// Where to read on at the begin of a line, which may be a comment.
size_t dockerfile_instructions::behind_comment(size_t at, size_t end) const {
  auto first = std::min(text_.find_first_not_of(" \t\r", at), end);
  return first < end && text_[first] == '#'
           ? std::min(text_.find('\n', first), end)
           : at;
}

bool dockerfile_instructions::is_line_end(size_t at, size_t end) const {
  if (text_[at] != escape_)
    return false;
  auto next = at + 1;
  while (next < end && is_blank(text_[next]))
    ++next;
  return next < end && text_[next] == '\n';
}

} // namespace berth
