#pragma once

#include "actors/message.hpp"
#include "actors/store/api.hpp"

#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace berth {

/// The newest part of a build's log, once it is whole.
struct build_log {
  std::string text;
  uint64_t lost = 0; ///< bytes before `text`
};

/// Goes with its build, by `forget_build`.
struct put_build_log {
  std::string id; ///< of the build
  build_log log;
};

/// `not_found` if it ended with another berthd before it was whole.
struct load_build_log {
  std::string id;
};

/// What the database keeps for those who ask for a log after a restart. As
/// `store_actor` says, and the same actor.
using build_log_store_actor
  = caf::typed_actor<caf::replies_to<put_build_log>::with<stored>,
                     caf::replies_to<load_build_log>::with<build_log>>;

} // namespace berth

BERTH_MESSAGE(berth::build_log)
BERTH_MESSAGE(berth::put_build_log)
BERTH_MESSAGE(berth::load_build_log)
