#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace berth {

/// A remote of git, taken apart. Only what parses strictly is a `git_url`, so
/// its text may stand in a command line: it never begins with a dash and never
/// names a program.
struct git_url {
  std::string scheme; ///< https, http, ssh, git or file
  std::string user;   ///< of ssh only; may be empty
  std::string host;   ///< lower case; IPv6 without its brackets
  uint16_t port = 0;  ///< 0: the scheme's own
  std::string path;   ///< begins with a slash

  bool is_http() const { return scheme == "https" || scheme == "http"; }
  uint16_t effective_port() const;
  /// "scheme://host[:port]", without a port that was not written.
  std::string origin() const;
};

/// Takes `text` as the address of a repository. Refused: other schemes (`file`
/// unless `allow_file`), passwords in the URL, hosts in a form that hides an
/// address ("127.1", "0x7f000001"), blanks, control bytes, non-ASCII.
result<git_url> parse_git_url(std::string_view text, bool allow_file = false);

/// Whether `host` is a DNS name, an IPv4 address in its four-number form or a
/// bracketless IPv6 address.
bool is_plain_host(std::string_view host);

} // namespace berth
