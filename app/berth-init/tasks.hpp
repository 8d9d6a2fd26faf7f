#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::init {

/// One of a headless workspace's tasks.
struct task {
  std::string script; ///< for `sh -lc`; empty: nothing to do
  std::vector<std::pair<std::string, std::string>> env;
};

/// Reads GITPOD_TASKS: a JSON array of {name, before, init, command, prebuild,
/// env, openMode}. A script is `before && init &&` then `prebuild`, or
/// `command` where there is none. Nothing if it is not such an array.
std::optional<std::vector<task>> parse_tasks(std::string_view text);

/// A task that was started.
struct running_task {
  pid_t pid = -1;
  int output = -1; ///< non-blocking pipe; -1 once it has ended
  int log = -1;    ///< /workspace/.gitpod/prebuild-log-<number>, -1 if none
  std::optional<int> code;
};

/// Starts a task as the workspace's user, in its repository. `pid` is -1 if
/// that is impossible.
running_task start_task(const task&, size_t number);

/// Copies what a task has written meanwhile to our stdout and its log.
void copy_output(running_task&);

} // namespace berth::init
