#pragma once

#include "actors/runtime/runtime_deps.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <set>

namespace berth {

using container_sweep_actor
  = caf::typed_actor<caf::replies_to<sweep>::with<done>>;

/// Releases what belongs to no known workspace; answers and quits. Containers
/// and cgroups are made after their directories and removed before them: the
/// directories' names are all that must be looked for, and the links.
class container_sweep_state {
public:
  static inline const char* name = "container_sweep";

  container_sweep_state() {}

  void take_charge(container_sweep_actor::pointer self, runtime_deps deps);
  caf::typed_response_promise<done> run(const sweep&);

private:
  void remove_containers(const leftovers&);
  void remove_links(const link_names&);
  template <class Hand, class Job>
  void have(Hand hand, Job job);
  void part_done();
  void part_failed(const caf::error& why);

  container_sweep_actor::pointer self_ = nullptr;
  runtime_deps deps_;
  std::set<std::string> known_ids_, known_links_, known_logs_;
  size_t parts_left_ = 0;
  caf::error first_error_;
  caf::typed_response_promise<done> promise_;
};

container_sweep_actor::behavior_type
container_sweep(container_sweep_actor::stateful_pointer<container_sweep_state>,
                runtime_deps deps);

} // namespace berth
