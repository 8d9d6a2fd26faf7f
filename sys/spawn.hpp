#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace berth::sys {

/// A program to start: an absolute path with arguments, never a shell line.
struct spawn_spec {
  std::vector<std::string> argv;
  std::vector<std::string> env = {}; ///< "NAME=value"; the whole one
  std::string cwd = "/";
  /// (our descriptor, its number in the child). Every other one is closed
  /// there, but for 0-2, which are ours where they are not named.
  std::vector<std::pair<int, int>> fds = {};
};

/// A child of ours, to be waited for.
struct spawned {
  pid_t pid = -1;
  fd pidfd;
};

/// Starts a program as leader of its own session, with default signal
/// handlers and nothing blocked. A program that cannot be executed is an error
/// here (with its errno), not an exit code.
result<spawned> spawn(const spawn_spec&);

} // namespace berth::sys
