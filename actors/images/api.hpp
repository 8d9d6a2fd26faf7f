#pragma once

#include "actors/answer.hpp"
#include "actors/message.hpp"
#include "model/image.hpp"
#include "sys/fd.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <string>
#include <vector>

namespace berth {

/// The image called `reference`, ready to be mounted: from the local store if
/// it has that name, else pulled from its registry by digest. Equal requests
/// that overlap share one pull.
struct resolve_image {
  std::string reference;
  /// A line for people ("pulling layer 2 of 5"). Only called if a pull is
  /// needed; may only send messages.
  std::function<void(std::string)> on_progress;
  bool local_only = false; ///< not pulled: `not_found` if it is not here
};

/// Makes an image called `name` of the tar stream behind `archive`: a root file
/// system, or an OCI layout; or of the OCI layout in the directory `layout`,
/// whose files have ids 0..65535; or another name for an image that is here.
/// Replaces an image of that name; running workspaces keep their layers.
struct import_image {
  std::string name;
  sys::shared_fd archive; ///< a regular file, read from its start
  std::string layout;     ///< if there is no archive
  std::string same_as; ///< if there is neither; `not_found` if it is not here
};

struct list_images {};

struct image_list {
  std::vector<stored_image> images;
};

/// Forgets the name; layers that no image and no workspace uses are removed.
struct remove_image {
  std::string name;
};

/// Layers of a live workspace's root file system, not to be removed.
struct hold_layers {
  std::string holder; ///< instance id
  std::vector<std::string> layers;
};

struct drop_layers {
  std::string holder;
};

/// Images of the node. Each layer is unpacked once, by a sandboxed worker.
using image_store_actor
  = caf::typed_actor<caf::replies_to<resolve_image>::with<stored_image>,
                     caf::replies_to<import_image>::with<stored_image>,
                     caf::replies_to<list_images>::with<image_list>,
                     caf::replies_to<remove_image>::with<done>,
                     caf::reacts_to<hold_layers>, caf::reacts_to<drop_layers>>;

} // namespace berth

BERTH_MESSAGE(berth::resolve_image)
BERTH_MESSAGE(berth::stored_image)
BERTH_MESSAGE(berth::import_image)
BERTH_MESSAGE(berth::list_images)
BERTH_MESSAGE(berth::image_list)
BERTH_MESSAGE(berth::remove_image)
BERTH_MESSAGE(berth::hold_layers)
BERTH_MESSAGE(berth::drop_layers)
