#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "core/worker_job.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <set>
#include <string>
#include <vector>

/// What the image family asks of the disk. Inside the family only.
namespace berth {

/// What an earlier berthd left in `layers` and `blobs`.
struct list_layers {
  std::string layers;
  std::string blobs;
};

struct layer_listing {
  std::set<std::string> present;
  std::vector<std::string> leftovers; ///< full paths: staging, trash, scratch
  int64_t now_ns = 0;                 ///< wall clock
};

/// Moves unpacked layers from `staging` to `layers`, after marking their
/// opaque directories. One that is there already stays as it is. On disk when
/// answered; `data_loss` if one is neither here nor there.
struct install_layers {
  std::string staging;
  std::string layers;
  std::vector<unpacked_layer> what;
};

struct installed_layers {
  int64_t now_ns = 0; ///< wall clock
};

/// The credentials in a file; none for an empty name.
struct read_credentials {
  std::string file;
};

struct credentials {
  std::string text;
};

/// One job on a thread of its own, then it quits.
using layer_actor
  = caf::typed_actor<caf::replies_to<list_layers>::with<layer_listing>,
                     caf::replies_to<install_layers>::with<installed_layers>,
                     caf::replies_to<read_credentials>::with<credentials>>;

using layer_hands = std::function<layer_actor()>;

} // namespace berth

BERTH_MESSAGE(berth::list_layers)
BERTH_MESSAGE(berth::layer_listing)
BERTH_MESSAGE(berth::install_layers)
BERTH_MESSAGE(berth::installed_layers)
BERTH_MESSAGE(berth::read_credentials)
BERTH_MESSAGE(berth::credentials)
