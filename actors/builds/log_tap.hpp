#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "sys/fd.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <string>
#include <vector>

/// What a build needs of the kernel besides: its output, and room on the disk.
/// Inside the family only.
namespace berth {

/// What a build wrote. The next piece comes after the reply.
struct build_output {
  std::string text;
};

/// Nobody writes any more.
struct build_output_ended {};

using output_listener_actor
  = caf::typed_actor<caf::replies_to<build_output>::with<done>,
                     caf::reacts_to<build_output_ended>>;

/// Opens a pipe and begins to read it for `to`.
struct open_log_tap {
  output_listener_actor to;
};

struct opened_log_tap {
  sys::shared_fd writer;
};

struct read_log_tap {};

/// How much room there is on the file system of `path`, and how much of it each
/// of `trees` takes.
struct measure_room {
  std::string path;
  std::vector<std::string> trees;
};

struct room_left {
  uint64_t free = 0;
  uint64_t total = 0;
  std::vector<uint64_t> taken; ///< empty if they cannot be measured just now
};

using log_tap_actor
  = caf::typed_actor<caf::replies_to<open_log_tap>::with<opened_log_tap>,
                     // Answers and quits.
                     caf::replies_to<measure_room>::with<room_left>,
                     // Internal: waits for more.
                     caf::reacts_to<read_log_tap>>;

/// Each call spawns one, which ends with its pipe or its answer.
using log_tap_hands = std::function<log_tap_actor()>;

} // namespace berth

BERTH_MESSAGE(berth::build_output)
BERTH_MESSAGE(berth::build_output_ended)
BERTH_MESSAGE(berth::open_log_tap)
BERTH_MESSAGE(berth::opened_log_tap)
BERTH_MESSAGE(berth::read_log_tap)
BERTH_MESSAGE(berth::measure_room)
BERTH_MESSAGE(berth::room_left)
