#pragma once

#include <string>
#include <string_view>

/// Percent-encoding (RFC 3986).
namespace berth {

/// Percent-encodes what is not unreserved; `/` only where `whole`.
std::string uri_encoded(std::string_view, bool whole);

/// Undoes `uri_encoded`; what is no encoding stays.
std::string uri_decoded(std::string_view);

} // namespace berth
