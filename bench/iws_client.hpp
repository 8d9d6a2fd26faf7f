#pragma once

#include <string>

namespace berth::bench {

/// First word of the command line that makes this program a client inside a
/// workspace.
inline constexpr auto iws_client_word = "--iws-client";

/// Where such a client goes, and how long it measures.
struct iws_visit {
  std::string pid;    ///< of a process of the container
  std::string cgroup; ///< of the container, below each hierarchy's root
  std::string socket;
  std::string rounds;
};

/// Becomes a process of the container, calls what its socket serves, and prints
/// how long that took as JSON: `{"failed": ...}` or samples in microseconds by
/// name. The exit code.
int call_from_inside(const iws_visit&);

} // namespace berth::bench
