#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth {

/// Where a workspace is in its life. The numbers are those of
/// `wsman.WorkspacePhase`.
enum class phase : uint8_t {
  unknown = 0,
  pending = 1,
  creating = 2,
  initializing = 3,
  running = 4,
  stopping = 5,
  stopped = 6,
  interrupted = 7,
};

std::string to_string(phase);

/// The phase called `name`, `unknown` if there is none.
phase phase_from_string(std::string_view name);

/// Whether a workspace may be seen to go from `from` to `to`. There is one way
/// out of the house: every phase may go to `stopping`, only `stopping` goes to
/// `stopped`, and `stopped` goes nowhere.
bool may_follow(phase from, phase to);

} // namespace berth
