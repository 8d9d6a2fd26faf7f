#include "model/host_pattern.hpp"

#include "model/digit.hpp"
#include "model/ids.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace berth {

namespace {

char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

using field = url_template::field;
using piece = url_template::piece;

/// The pieces with `host` filled in.
std::vector<piece> with_host(const url_template& url, std::string_view host) {
  auto out = std::vector<piece>{{}};
  for (const auto& it : url.pieces()) {
    out.back().text += it.text;
    if (it.then == field::host)
      out.back().text += host;
    else if (it.then) {
      out.back().then = it.then;
      out.emplace_back();
    }
  }
  return out;
}

/// Where the host begins in a URL, or in what may be without a scheme.
size_t begin_of_host(std::string_view url) {
  auto scheme = std::min(url.find_first_of(":/?#"), url.size());
  return url.substr(scheme).starts_with("://") ? scheme + 3 : 0;
}

/// Cuts off the scheme before the host and whatever follows it.
void keep_host(std::vector<piece>& pieces) {
  auto& first = pieces.front().text;
  first.erase(0, begin_of_host(first));
  for (auto at = pieces.begin(); at != pieces.end(); ++at)
    if (auto end = at->text.find_first_of(":/?#"); end != std::string::npos) {
      *at = {at->text.substr(0, end), std::nullopt};
      pieces.erase(at + 1, pieces.end());
      return;
    }
}

/// Whether it can be told where a field ends that `next` follows.
bool ends_before(field which, std::string_view next) {
  if (which == field::port)
    return next.empty() || !is_digit(next.front());
  return next.empty() || next.front() == '.';
}

/// Takes what stands for a field off the front of `rest`; false if nothing
/// fitting is there.
bool take(field which, std::string_view& rest, url_fields& into) {
  auto end = which == field::port
               ? std::find_if_not(rest.begin(), rest.end(), is_digit)
               : std::find(rest.begin(), rest.end(), '.');
  auto text = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(text.size());
  if (which != field::port) {
    (which == field::id ? into.id : into.prefix) = text;
    return is_valid_id(text);
  }
  if (text.empty() || text.front() == '0' || text.size() > 5)
    return false;
  std::from_chars(text.data(), text.data() + text.size(), into.port);
  return into.port <= 65535;
}

} // namespace

result<host_pattern> host_pattern::of(const url_template& url,
                                      std::string_view host) {
  auto made = host_pattern{};
  made.pieces_ = with_host(url, host);
  keep_host(made.pieces_);
  auto names_workspace = false;
  for (auto at = made.pieces_.begin(); at != made.pieces_.end(); ++at) {
    at->text = to_lower(at->text);
    if (!at->then)
      continue;
    auto next = at + 1;
    if (!ends_before(*at->then, next->text)
        || (next->text.empty() && next->then))
      return make_error(ec::failed_precondition,
                        "it cannot be told where a name in the host ends");
    names_workspace |= *at->then != field::port;
  }
  if (!names_workspace)
    return make_error(ec::failed_precondition,
                      "the host does not name a workspace");
  return made;
}

std::optional<url_fields> host_pattern::match(std::string_view name) const {
  auto lower = to_lower(name);
  auto rest = std::string_view{lower};
  auto found = url_fields{};
  for (const auto& it : pieces_) {
    if (!rest.starts_with(it.text))
      return std::nullopt;
    rest.remove_prefix(it.text.size());
    if (it.then && !take(*it.then, rest, found))
      return std::nullopt;
  }
  if (!rest.empty())
    return std::nullopt;
  return found;
}

bool host_pattern::names_port() const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [](const auto& it) { return it.then == field::port; });
}

std::string to_lower(std::string_view text) {
  auto out = std::string{text};
  std::transform(out.begin(), out.end(), out.begin(), lower_case);
  return out;
}

bool share_hosts(std::string_view a, std::string_view b) {
  if (a.size() < b.size())
    std::swap(a, b);
  auto is_alike
    = [](char one, char other) { return lower_case(one) == lower_case(other); };
  auto before = a.substr(0, a.size() - b.size());
  if (!std::equal(b.begin(), b.end(), a.begin() + before.size(), is_alike))
    return false;
  auto port = url_fields{};
  return before.empty() || (take(field::port, before, port) && before == "-");
}

std::string host_of(std::string_view url) {
  url.remove_prefix(begin_of_host(url));
  return to_lower(url.substr(0, url.find_first_of(":/?#")));
}

} // namespace berth
