#pragma once

#include <google/protobuf/message_lite.h>

#include <string>
#include <string_view>

namespace berth::gateway {

/// Whether `text` is one line of at most `max_bytes`: no control characters.
bool is_line(std::string_view text, size_t max_bytes);

/// Whether `name` can be an environment variable: `[A-Za-z_][A-Za-z0-9_]*`.
bool is_variable_name(std::string_view name);

/// Appends `message` to `out`, equal messages as equal bytes (maps sorted).
/// False if it is too large for protobuf.
bool serialize(const google::protobuf::MessageLite& message, std::string& out);

} // namespace berth::gateway
