#pragma once

#include "actors/builds/api.hpp"
#include "actors/builds/deps.hpp"
#include "actors/message.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

namespace berth {

struct decide_build {
  build_request what;
};

/// What a request means, and whether there is anything to do.
struct build_decided {
  build_source source; ///< what is to be built; an image by its digest
  build_auth auth;     ///< with which
  std::string reference, base_reference;
  std::string digest; ///< of the image, if it is there already and will do
};

/// Finds out; answers and quits.
using build_decision_actor
  = caf::typed_actor<caf::replies_to<decide_build>::with<build_decided>>;

class build_decision_state {
public:
  static inline const char* name = "build_decision";

  build_decision_state() {}

  void take_charge(build_decision_actor::pointer self, build_deps deps);
  caf::typed_response_promise<build_decided> begin(const decide_build&);

private:
  void look_at_resolved_base();
  void resolve_given_base();
  void resolve_source();
  void found(const workspace_image_found&);
  void find_digest();
  void find_base();
  void finish();
  void refuse(const caf::error&);

  build_decision_actor::pointer self_ = nullptr;
  build_deps deps_;
  build_request what_;
  build_decided decided_;
  caf::typed_response_promise<build_decided> promise_;
};

build_decision_actor::behavior_type build_decision(
  build_decision_actor::stateful_pointer<build_decision_state> self,
  build_deps deps);

} // namespace berth

BERTH_MESSAGE(berth::decide_build)
BERTH_MESSAGE(berth::build_decided)
