#pragma once

#include "actors/content/api.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace berth {

/// The ready file's text: what supervisors inside wait for, and what says that
/// an initialization was finished.
std::string to_ready_file(const content_initialized&);

/// Nothing if it is no ready file. Its directory is left empty.
std::optional<content_initialized> parse_ready_file(std::string_view text);

} // namespace berth
