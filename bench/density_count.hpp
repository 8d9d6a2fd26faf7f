#pragma once

#include <string>

namespace berth::bench {

/// First word of the command line that makes this program count.
inline constexpr auto density_word = "--density-count";

/// Brings `count` workspaces to RUNNING in this process, in `directory`, and
/// prints one JSON document: {"bytes_each", "start_s", "list_ms",
/// "list_bytes"}. The exit code.
int count_density(const std::string& count, const std::string& directory);

} // namespace berth::bench
