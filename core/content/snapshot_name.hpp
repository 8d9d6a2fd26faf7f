#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>

namespace berth {

/// Where a snapshot or backup is: "<object>@<bucket>".
struct qualified_name {
  std::string object; ///< a relative path of plain names
  std::string bucket;

  std::string text() const { return object + "@" + bucket; }
};

/// Takes a name apart. It must have exactly one '@'; the object's components
/// are of letters, digits and "._-" and none begins with a dot.
result<qualified_name> parse_qualified_name(std::string_view text);

} // namespace berth
