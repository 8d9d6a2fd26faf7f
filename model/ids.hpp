#pragma once

#include <string_view>

namespace berth {

/// Whether `id` may name a workspace, an owner, a meta id or a build:
/// `[A-Za-z0-9][A-Za-z0-9_-]{0,62}`. No dot and no slash, so an id can stand
/// in a path or an object key without naming anything but itself.
bool is_valid_id(std::string_view id);

} // namespace berth
