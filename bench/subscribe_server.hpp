#pragma once

#include <string>

namespace berth::bench {

/// First word of the command line that makes this program publish.
inline constexpr auto subscribe_server_word = "--subscribe-server";

/// How the statuses that are published look: `workspaces` of them, in turn,
/// `per_second` in all; every `per_phase`-th of each enters another phase.
struct publication {
  static constexpr unsigned workspaces = 20;
  static constexpr unsigned per_second = 1000;
  static constexpr unsigned per_phase = 20;
};

/// Serves Subscribe on the unix socket `<directory>/berthd.sock` through the
/// real event bus and gateway. Its stdin says "go" and "stop", between which it
/// publishes, and ends when it may exit. The message of each status is
/// "@<workspace>,<phases so far>,<ns of the steady clock>@". Prints "ready",
/// then a line of JSON: {"published", "cpu_s", "grown_bytes", "behind_ms"}. The
/// exit code.
int serve_subscribers(const std::string& directory);

} // namespace berth::bench
