#include "core/content/git_url.hpp"

#include "model/digit.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace berth {

namespace {

constexpr size_t max_url = 2048;

caf::error refused(std::string why) {
  return make_error(ec::invalid_argument, "address: " + std::move(why));
}

bool is_alnum(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_url_byte(char c) {
  return c > ' ' && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>'
         && c != '`' && c != '\'' && c != '|' && c != '{' && c != '}';
}

bool is_dns_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-'
         && label.back() != '-'
         && std::all_of(label.begin(), label.end(), [](char c) {
              return is_alnum(c) || c == '-' || c == '_';
            });
}

/// Whether resolvers might take the name for a number: its last label is one.
bool ends_in_number(std::string_view host) {
  auto dot = host.rfind('.');
  auto last = dot == host.npos ? host : host.substr(dot + 1);
  return std::all_of(last.begin(), last.end(), is_digit)
         || last.starts_with("0x") || last.starts_with("0X");
}

bool is_ip(int family, std::string_view text) {
  auto address = in6_addr{};
  return text.find('\0') == text.npos
         && inet_pton(family, std::string{text}.c_str(), &address) == 1;
}

std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  auto [end, err]
    = std::from_chars(text.data(), text.data() + text.size(), port);
  if (err != std::errc{} || end != text.data() + text.size() || port == 0)
    return std::nullopt;
  return port;
}

/// Fills in host and port from "host", "host:port", "[v6]" or "[v6]:port".
result<void> read_host(std::string_view text, git_url& url) {
  auto port = std::string_view{};
  auto host = text;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos)
      return refused("the host has an open bracket");
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!is_ip(AF_INET6, host))
      return refused("no IPv6 address in brackets");
  } else {
    auto colon = std::min(text.find(':'), text.size());
    host = text.substr(0, colon);
    port = text.substr(colon);
    if (host.find(':') != host.npos || !is_plain_host(host))
      return refused("the host is not a name or a plain address");
  }
  url.host = host;
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](unsigned char c) { return static_cast<char>(tolower(c)); });
  if (port.empty())
    return {};
  auto number = port.front() == ':' ? parse_port(port.substr(1)) : std::nullopt;
  if (!number)
    return refused("the port is not a number from 1 to 65535");
  url.port = *number;
  return {};
}

result<void> read_user(std::string_view user, git_url& url) {
  if (url.scheme != "ssh")
    return refused("it must not contain a user or password");
  auto plain = !user.empty() && user.front() != '-'
               && std::all_of(user.begin(), user.end(), [](char c) {
                    return is_alnum(c) || c == '.' || c == '_' || c == '-';
                  });
  if (!plain)
    return refused("the user may only have letters, digits and . _ -");
  url.user = user;
  return {};
}

bool has_dots_component(std::string_view path) {
  return ("/" + std::string{path} + "/").find("/../") != std::string::npos;
}

bool is_known_scheme(std::string_view scheme, bool allow_file) {
  return scheme == "https" || scheme == "http" || scheme == "ssh"
         || scheme == "git" || (allow_file && scheme == "file");
}

} // namespace

uint16_t git_url::effective_port() const {
  if (port != 0)
    return port;
  if (scheme == "https")
    return 443;
  if (scheme == "http")
    return 80;
  return scheme == "ssh" ? 22 : 9418;
}

std::string git_url::origin() const {
  auto text = scheme + "://";
  text += host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != 0)
    text += ":" + std::to_string(port);
  return text;
}

bool is_plain_host(std::string_view host) {
  if (host.empty() || host.size() > 253)
    return false;
  if (host.find(':') != host.npos)
    return is_ip(AF_INET6, host);
  if (ends_in_number(host))
    return is_ip(AF_INET, host);
  for (size_t begin = 0; begin <= host.size();) {
    auto end = std::min(host.find('.', begin), host.size());
    if (!is_dns_label(host.substr(begin, end - begin)))
      return false;
    begin = end + 1;
  }
  return true;
}

result<git_url> parse_git_url(std::string_view text, bool allow_file) {
  if (text.empty() || text.size() > max_url)
    return refused("it is empty or too long");
  if (!std::all_of(text.begin(), text.end(), is_url_byte))
    return refused("it has a byte that no URL has");
  if (text.find("%00") != text.npos)
    return refused("it has an encoded NUL");
  auto mark = text.find("://");
  if (mark == text.npos)
    return refused("it has no scheme; write https://host/path");
  auto url = git_url{};
  url.scheme = text.substr(0, mark);
  if (!is_known_scheme(url.scheme, allow_file))
    return refused("its scheme is not supported");
  auto rest = text.substr(mark + 3);
  auto slash = rest.find('/');
  if (slash == rest.npos || slash + 1 == rest.size())
    return refused("it has no path");
  url.path = rest.substr(slash);
  if (has_dots_component(url.path) || url.path.find('#') != url.path.npos)
    return refused("its path has a .. or a #");
  auto authority = rest.substr(0, slash);
  if (url.scheme == "file") {
    if (!authority.empty())
      return refused("a file URL has no host");
    return url;
  }
  if (auto at = authority.rfind('@'); at != authority.npos) {
    if (auto ok = read_user(authority.substr(0, at), url); !ok)
      return ok.error();
    authority.remove_prefix(at + 1);
  }
  if (auto ok = read_host(authority, url); !ok)
    return ok.error();
  return url;
}

} // namespace berth
