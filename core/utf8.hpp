#pragma once

#include <string>
#include <string_view>

namespace berth {

/// `bytes` with U+FFFD in place of each byte that is no part of valid UTF-8:
/// what a workspace wrote may be anything, and a protobuf string may not.
std::string valid_utf8(std::string_view bytes);

/// `text` with a blank in place of each control character: what others wrote,
/// in one line of a message of ours.
std::string printable(std::string_view text);

} // namespace berth
