#pragma once

#include "model/error.hpp"
#include "model/url_template.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// The host name in a URL template, read backwards: given a host, whose URL
/// is it?
class host_pattern {
public:
  /// `host` stands for {{ .Host }}. `failed_precondition` if the host part
  /// does not say whose URL it is: it names neither {{ .ID }} nor
  /// {{ .Prefix }}, or not so that its end can be told.
  static result<host_pattern> of(const url_template&, std::string_view host);

  /// What `name`, a host name without a port, has in place of the fields;
  /// `host` stays empty. Case does not count, the whole name has to match.
  std::optional<url_fields> match(std::string_view name) const;

  /// Whether the host says which port of a workspace is meant.
  bool names_port() const;

private:
  std::vector<url_template::piece> pieces_; ///< in lower case
};

/// `text` with ASCII letters in lower case.
std::string to_lower(std::string_view text);

/// Whether workspaces called `a` and `b` would be behind the same host names:
/// case does not count in one, and `3000-a` may be port 3000 of `a`.
bool share_hosts(std::string_view a, std::string_view b);

/// The host name in a URL or in what a Host header says, in lower case:
/// without scheme, port and path.
std::string host_of(std::string_view url);

} // namespace berth
