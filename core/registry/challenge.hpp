#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// One way to authenticate that a server offers (RFC 9110, 11.6.1).
struct auth_challenge {
  std::string scheme;                        ///< lower case
  std::map<std::string, std::string> values; ///< names in lower case

  std::string value(const std::string& name) const;
};

/// What a `WWW-Authenticate` offers. What cannot be read ends the list.
std::vector<auth_challenge> parse_challenges(std::string_view header);

} // namespace berth
