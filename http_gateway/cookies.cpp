#include "http_gateway/cookies.hpp"

#include <charconv>

namespace berth::http {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(blanks);
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Calls `see` with each "name=value" of a Cookie header.
template <class F>
void for_each_cookie(std::string_view header, F see) {
  while (!header.empty()) {
    auto end = header.find(';');
    if (auto cookie = trimmed(header.substr(0, end)); !cookie.empty())
      see(cookie);
    header.remove_prefix(end == header.npos ? header.size() : end + 1);
  }
}

} // namespace

std::vector<std::string> cookies_called(std::string_view header,
                                        std::string_view name) {
  auto found = std::vector<std::string>{};
  for_each_cookie(header, [&](std::string_view cookie) {
    auto equals = cookie.find('=');
    if (equals != cookie.npos && trimmed(cookie.substr(0, equals)) == name)
      found.emplace_back(trimmed(cookie.substr(equals + 1)));
  });
  return found;
}

std::string without_cookies(std::string_view header, std::string_view prefix) {
  constexpr auto bound = std::string_view{"__Host-"};
  auto kept = std::string{};
  for_each_cookie(header, [&](std::string_view cookie) {
    auto name = cookie;
    if (name.starts_with(bound))
      name.remove_prefix(bound.size());
    if (!name.starts_with(prefix))
      kept.append(kept.empty() ? "" : "; ").append(cookie);
  });
  return kept;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  auto out = std::string{};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    auto digits = text.substr(i + 1, 2);
    auto value = 0u;
    const auto* end = digits.data() + digits.size();
    auto read = std::from_chars(digits.data(), end, value, 16);
    if (digits.size() != 2 || read.ec != std::errc{} || read.ptr != end)
      return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

} // namespace berth::http
