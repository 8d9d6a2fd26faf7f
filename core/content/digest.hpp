#pragma once

#include "model/error.hpp"

#include <string>
#include <string_view>

namespace berth {

/// An OCI digest whose algorithm we can check.
struct content_digest {
  std::string algorithm; ///< sha256, sha384 or sha512
  std::string hex;       ///< lower case, of the algorithm's length

  std::string text() const { return algorithm + ":" + hex; }
};

/// Takes "sha256:<64 hex>" and its two longer relatives.
result<content_digest> parse_digest(std::string_view text);

/// Whether `text` is `digits` lower case hex digits.
bool is_hex(std::string_view text, size_t digits);

} // namespace berth
