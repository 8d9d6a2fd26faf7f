#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "model/workspace.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <string>
#include <vector>

namespace berth {

/// Keeps a starting workspace's secrets, sealed, so that a start survives a
/// restart; they never enter the database.
struct keep_secrets {
  std::string id;
  initializer_secrets secrets;
};

/// Nothing kept: an empty set.
struct recall_secrets {
  std::string id;
};

struct recalled_secrets {
  initializer_secrets secrets;
};

/// Nothing kept: no error.
struct erase_secrets {
  std::string id;
};

/// Erases all but those of `known`.
struct sweep_secrets {
  std::vector<std::string> known;
};

using secret_keeper_actor
  = caf::typed_actor<caf::replies_to<keep_secrets>::with<done>,
                     caf::replies_to<recall_secrets>::with<recalled_secrets>,
                     caf::replies_to<erase_secrets>::with<done>,
                     caf::replies_to<sweep_secrets>::with<done>>;

} // namespace berth

BERTH_MESSAGE(berth::keep_secrets)
BERTH_MESSAGE(berth::recall_secrets)
BERTH_MESSAGE(berth::recalled_secrets)
BERTH_MESSAGE(berth::erase_secrets)
BERTH_MESSAGE(berth::sweep_secrets)
