#include "core/builds/dockerfile_variables.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace berth {

namespace {

constexpr size_t longest_value = size_t{64} << 10;
constexpr size_t most_variables = 10'000;
constexpr size_t most_value_bytes = size_t{1} << 20;
/// `${a:-${b:-...}}`
constexpr int deepest = 16;

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// `$1`, `$@`, ...: parameters of a shell, of which there is none.
bool is_parameter(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0
         || std::string_view{"@*#?-$!"}.find(c) != std::string_view::npos;
}

} // namespace

/// Goes through a text once.
class dockerfile_variables::reader {
public:
  reader(const dockerfile_variables& values, char escape, std::string_view text,
         size_t most, std::set<std::string>& unknown)
    : values_(values), escape_(escape), text_(text), most_(most),
      unknown_(unknown) {}

  std::string word() { return until('\0', true, 0); }
  std::string document() { return until('\0', false, 0); }

private:
  bool is_at_end() const { return at_ >= text_.size(); }

  /// Up to `stop`, which is left; '\0': to the end.
  std::string until(char stop, bool has_quotes, int depth) {
    auto out = std::string{};
    while (!is_at_end() && out.size() <= most_) {
      auto c = text_[at_];
      if (stop != '\0' && c == stop)
        break;
      if (has_quotes && c == '\'') {
        auto end = std::min(text_.find('\'', at_ + 1), text_.size());
        out += text_.substr(at_ + 1, end - at_ - 1);
        at_ = std::min(end + 1, text_.size());
      } else if (has_quotes && c == '"') {
        ++at_;
        out += quoted(depth);
      } else if (c == escape_) {
        if (++at_ < text_.size())
          out += text_[at_++];
      } else if (c == '$') {
        out += variable(has_quotes, depth);
      } else {
        out += c;
        ++at_;
      }
    }
    return out;
  }

  /// In double quotes, of which the first one is gone.
  std::string quoted(int depth) {
    auto out = std::string{};
    while (!is_at_end() && text_[at_] != '"' && out.size() <= most_) {
      auto c = text_[at_];
      auto next = text_.substr(at_ + 1, 1);
      if (c == '$') {
        out += variable(true, depth);
        continue;
      }
      if (c == escape_ && !next.empty()
          && (next[0] == '"' || next[0] == '$' || next[0] == c))
        c = text_[++at_];
      out += c;
      ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
    return out;
  }

  /// From a `$` on.
  std::string variable(bool has_quotes, int depth) {
    ++at_;
    if (is_at_end())
      return "$";
    auto c = text_[at_];
    if (c == '{')
      return in_braces(has_quotes, depth);
    if (is_parameter(c)) {
      auto digits = text_.find_first_not_of("0123456789", at_);
      at_ = digits == at_ ? at_ + 1 : std::min(digits, text_.size());
      return {};
    }
    auto name = take_name();
    return name.empty() ? "$" : value_of(name).value_or("");
  }

  std::string take_name() {
    auto begin = at_;
    while (!is_at_end() && is_name(text_[at_]))
      ++at_;
    return std::string{text_.substr(begin, at_ - begin)};
  }

  std::optional<std::string> value_of(const std::string& name) {
    auto found = values_.find(name);
    if (!found)
      unknown_.insert(name);
    return found;
  }

  /// `{name}`, or with an operator and another word behind it.
  std::string in_braces(bool has_quotes, int depth) {
    auto begin = at_;
    auto odd = [&] {
      auto what = text_.substr(
        begin, std::min(text_.find('}', begin), begin + 64) - begin);
      unknown_.insert(std::string{what} + "}");
      at_ = text_.size();
      return std::string{};
    };
    ++at_;
    auto name = take_name();
    auto rest = text_.substr(at_, 2);
    if (name.empty() || depth == deepest)
      return odd();
    auto has_colon = rest.starts_with(':');
    auto op = has_colon ? rest.substr(1, 1) : rest.substr(0, 1);
    if (op == "}" && !has_colon) {
      ++at_;
      return value_of(name).value_or("");
    }
    if (op != "-" && op != "+" && op != "?")
      return odd();
    at_ += has_colon ? 2 : 1;
    // What is not known counts only where it is used.
    auto before = std::exchange(unknown_, {});
    auto other = until('}', has_quotes, depth + 1);
    auto unknown_in_other = std::exchange(unknown_, std::move(before));
    if (is_at_end())
      return odd();
    ++at_;
    auto use_other = [&] {
      unknown_.merge(unknown_in_other);
      return std::move(other);
    };
    auto value = value_of(name);
    auto is_given = value && (!has_colon || !value->empty());
    if (op == "+")
      return is_given ? use_other() : std::string{};
    if (op == "-" && !is_given)
      return use_other();
    return value.value_or("");
  }

  const dockerfile_variables& values_;
  char escape_;
  std::string_view text_;
  size_t most_;
  std::set<std::string>& unknown_;
  size_t at_ = 0;
};

void dockerfile_variables::set(const std::string& name,
                               std::optional<std::string> value) {
  if (values_.size() >= most_variables && !values_.contains(name))
    return;
  auto& mine = values_[name];
  bytes_ -= mine ? mine->size() : 0;
  mine = std::move(value);
  if (mine
      && (mine->size() > longest_value
          || bytes_ + mine->size() > most_value_bytes))
    mine.reset();
  bytes_ += mine ? mine->size() : 0;
}

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
  return reader{*this, escape_, word, longest_value, unknown}.word();
}

std::string
dockerfile_variables::filled_in(std::string_view text, size_t most,
                                std::set<std::string>& unknown) const {
  return reader{*this, '\\', text, most, unknown}.document();
}

} // namespace berth
