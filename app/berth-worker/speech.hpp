#pragma once

#include "core/worker_job.hpp"

#include <string>
#include <vector>

namespace berth::worker {

/// Tells berthd how far we are. Most calls are swallowed: a line leaves at most
/// ten times a second, or when what is being done changes.
void report(const worker_progress&);

/// Something is missing though all goes well: `report`s it, and keeps it for
/// the outcome, of which the log tells.
void warn(const char* what, const std::string& text);

/// The first twenty of them.
const std::vector<std::string>& warnings();

/// Tells berthd's log, and nobody else, why something failed: one line, the
/// last one counts. It must hold no secret.
void log_line(const std::string& text);

/// The last line of this process; an error if nobody can read it.
result<void> answer(const result<worker_outcome>&);

} // namespace berth::worker
