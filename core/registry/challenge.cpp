#include "core/registry/challenge.hpp"

#include <algorithm>

namespace berth {

namespace {

bool is_token_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z')
         || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string::npos;
}

std::string lower_case(std::string_view text) {
  auto out = std::string{text};
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// Takes a header apart from its front.
class header_scanner {
public:
  explicit header_scanner(std::string_view text) : rest_(text) {}

  void skip(std::string_view what) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(what), rest_.size()));
  }

  bool take(char c) {
    if (!rest_.starts_with(c))
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Empty if there is none.
  std::string token() {
    auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_byte);
    auto size = static_cast<size_t>(end - rest_.begin());
    auto out = std::string{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return out;
  }

  /// A token or a quoted text; false if a quote is never closed.
  bool value(std::string& out) {
    if (!take('"')) {
      out = token();
      return true;
    }
    for (; !rest_.empty(); rest_.remove_prefix(1)) {
      if (take('"'))
        return true;
      if (rest_.front() == '\\' && rest_.size() > 1)
        rest_.remove_prefix(1);
      out += rest_.front();
    }
    return false;
  }

private:
  std::string_view rest_;
};

} // namespace

std::string auth_challenge::value(const std::string& name) const {
  auto found = values.find(name);
  return found == values.end() ? std::string{} : found->second;
}

std::vector<auth_challenge> parse_challenges(std::string_view header) {
  auto out = std::vector<auth_challenge>{};
  auto scan = header_scanner{header};
  for (;;) {
    scan.skip(" \t,");
    auto word = lower_case(scan.token());
    if (word.empty())
      return out;
    scan.skip(" \t");
    // A word with "=" belongs to the scheme before it.
    if (!scan.take('=')) {
      out.push_back({std::move(word), {}});
      continue;
    }
    scan.skip(" \t");
    auto text = std::string{};
    if (out.empty() || !scan.value(text))
      return out;
    out.back().values.emplace(std::move(word), std::move(text));
  }
}

} // namespace berth
