#pragma once

#include "actors/message.hpp"
#include "actors/process/api.hpp"
#include "actors/process/process_table.hpp"
#include "actors/process/uv_loop.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <map>
#include <memory>

namespace berth {

struct child_ended {
  uint64_t request = 0;
  result<child_exit> outcome;
};

struct awaited_ended {
  uint64_t request = 0;
  result<process_gone> outcome;
};

struct session_opened {
  uint64_t request = 0;
  result<done> outcome;
};

using process_worker_actor = process_actor::extend<
  // Internal: what the loop's thread has to tell.
  caf::reacts_to<child_ended>, caf::reacts_to<awaited_ended>,
  caf::reacts_to<session_opened>>;

/// Who waits for what, by the number of the request.
struct process_worker_state {
  static inline const char* name = "process_worker";

  process_worker_state() = default;
  process_worker_state(const process_worker_state&) = delete;
  process_worker_state& operator=(const process_worker_state&) = delete;
  ~process_worker_state();

  uint64_t last_request = 0;
  std::map<uint64_t, caf::typed_response_promise<child_exit>> children;
  std::map<uint64_t, caf::typed_response_promise<process_gone>> awaited;
  std::map<uint64_t, caf::typed_response_promise<done>> sessions;
  /// Touched on the loop's thread only.
  std::shared_ptr<process_table> table = std::make_shared<process_table>();
  uv_loop loop;
};

/// Translates between messages and the loop; runs on the pool and never blocks.
/// Its exit kills every child it started, ends their sessions and refuses who
/// still waits with `unavailable`; processes that are only awaited live on.
process_worker_actor::behavior_type process_worker(
  process_worker_actor::stateful_pointer<process_worker_state> self);

process_actor spawn_process_actor(caf::actor_system& sys);

} // namespace berth

BERTH_MESSAGE(berth::child_ended)
BERTH_MESSAGE(berth::awaited_ended)
BERTH_MESSAGE(berth::session_opened)
