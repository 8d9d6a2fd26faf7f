#pragma once

#include "actors/message.hpp"
#include "actors/runtime/exec_gate.hpp"
#include "actors/runtime/runtime_deps.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <vector>

namespace berth {

/// The grace period of container `id` may be over.
struct grace_ended {
  std::string id;
};

/// Container `id` waited long enough for commands that are beginning.
struct freezing_is_due {
  std::string id;
};

using runtime_brain_actor = runtime_actor::extend<
  // Internal: a stale one finds time left, or nobody to kill.
  caf::reacts_to<grace_ended>,
  // Internal: a stale one freezes at once what would wait a little.
  caf::reacts_to<freezing_is_due>>;

/// Containers on this node. Long jobs are actors of their own; what is kept
/// here is who is being terminated, so that a later, harsher order counts, and
/// who is frozen or has a command beginning in it.
class runtime_state {
public:
  static inline const char* name = "runtime";

  runtime_state() {}

  void take_charge(runtime_brain_actor::pointer self, runtime_deps deps);

  const runtime_deps& deps() const { return deps_; }

  caf::typed_response_promise<done> rouse(const wake&);
  caf::typed_response_promise<container_end> await(const await_end&);
  caf::typed_response_promise<done> end(const terminate&);
  void check_grace(const grace_ended&);
  caf::typed_response_promise<done> stop_still(const freeze&);
  void hurry_freezing(const freezing_is_due&);
  caf::typed_response_promise<done> move_on(const thaw&);
  caf::typed_response_promise<done> open(const exec&);

private:
  using time_point = caf::actor_clock::time_point;

  struct termination {
    std::vector<caf::typed_response_promise<done>> waiting;
    time_point kill_at;
    std::optional<container_ref> container; ///< once it is known
    bool was_killed = false;
  };

  void open_now(const exec&, caf::typed_response_promise<done>);
  void begin_termination(const std::string& id);
  void signal(const std::string& id, int number);
  void await_grace(const std::string& id);
  void finish_termination(const std::string& id, const caf::error& why);

  runtime_brain_actor::pointer self_ = nullptr;
  runtime_deps deps_;
  std::map<std::string, termination> terminations_;
  exec_gate gate_;
  uint64_t consoles_ = 0;
};

runtime_brain_actor::behavior_type
runtime(runtime_brain_actor::stateful_pointer<runtime_state> self,
        runtime_deps deps);

/// The runtime with its real hands. `sys` must outlive it.
result<runtime_actor> spawn_runtime_actor(caf::actor_system& sys,
                                          std::shared_ptr<const settings>,
                                          process_actor process,
                                          workspace_services_actor services);

} // namespace berth

BERTH_MESSAGE(berth::grace_ended)
BERTH_MESSAGE(berth::freezing_is_due)
