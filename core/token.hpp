#pragma once

#include <string>

namespace berth {

/// A fresh secret for the owner of one workspace: 32 characters, each drawn
/// evenly from `0-9 A-Z a-z _ - .`, so that it may stand in a cookie.
std::string make_owner_token();

/// A fresh random UUID (RFC 9562, version 4).
std::string make_uuid();

} // namespace berth
