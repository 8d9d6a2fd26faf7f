#pragma once

#include "app/berth/command.hpp"

#include <string>
#include <vector>

namespace berth::cli {

/// Runs `command` in the workspace that the first operand names, with the
/// options of `exec`. Returns the exit code.
int run_inside(session& run, const std::vector<std::string>& command,
               bool wants_terminal);

} // namespace berth::cli
