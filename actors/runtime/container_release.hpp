#pragma once

#include "actors/message.hpp"
#include "actors/runtime/runtime_deps.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace berth {

struct release_container {
  std::string id;
  /// None: its link is somebody else's matter, and nobody asks for its log.
  std::optional<uint32_t> slot;
};

using container_release_actor
  = caf::typed_actor<caf::replies_to<release_container>::with<done>>;

/// Removes one container with all that belongs to it; answers and quits. Every
/// part is tried whatever became of the others; the first error is the answer.
///
///     service -> container -> monitor, cgroup, link -> log -> directories
class container_release_state {
public:
  static inline const char* name = "container_release";

  container_release_state() {}

  void take_charge(container_release_actor::pointer self, runtime_deps deps);
  caf::typed_response_promise<done> run(const release_container&);

private:
  using stage = void (container_release_state::*)();

  /// Counts down to the next stage.
  void await(int parts, stage next);
  void part_done();
  void part_failed(const caf::error& why);
  template <class Hand, class Job>
  void have(Hand hand, Job job);

  void delete_container();
  void remove_kernel_objects();
  void retain_log();
  void remove_directories();
  void finish();

  container_release_actor::pointer self_ = nullptr;
  runtime_deps deps_;
  release_container what_;
  int parts_left_ = 0;
  stage next_ = nullptr;
  caf::error first_error_;
  caf::typed_response_promise<done> promise_;
};

container_release_actor::behavior_type container_release(
  container_release_actor::stateful_pointer<container_release_state> self,
  runtime_deps deps);

} // namespace berth

BERTH_MESSAGE(berth::release_container)
