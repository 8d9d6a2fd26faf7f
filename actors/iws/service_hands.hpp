#pragma once

#include "actors/iws/api.hpp"
#include "actors/iws/hands_api.hpp"
#include "actors/message.hpp"
#include "model/service_record.hpp"

#include <caf/typed_actor.hpp>

#include <functional>
#include <string>
#include <vector>

/// What the services need of this machine beside what they do for a workspace.
namespace berth {

// -- doors -------------------------------------------------------------------

struct wanted_door {
  std::string id;
  container_ref container;
  workspace_service_actor service;
};

/// Opens the sockets of each, whatever becomes of the others; the first error
/// is the answer. `not_found` for a container that is gone.
struct open_doors {
  std::vector<wanted_door> doors;
};

using door_actor = caf::typed_actor<caf::replies_to<open_doors>::with<done>>;

// -- mounts ------------------------------------------------------------------

/// The mount namespace of a process.
struct find_mount_namespace {
  pinned process;
};

struct mount_namespace {
  uint64_t id = 0; ///< that no other one ever has
};

/// How much of `made` may still be there: of each namespace no more than there
/// is of that kind in it, and none of one that is gone.
struct recount_mounts {
  std::vector<mounts_made> made;
};

struct mounts_left {
  std::vector<mounts_made> made;
};

using mount_count_actor = caf::typed_actor<
  caf::replies_to<find_mount_namespace>::with<mount_namespace>,
  caf::replies_to<recount_mounts>::with<mounts_left>>;

} // namespace berth

BERTH_MESSAGE(berth::open_doors)
BERTH_MESSAGE(berth::find_mount_namespace)
BERTH_MESSAGE(berth::mount_namespace)
BERTH_MESSAGE(berth::recount_mounts)
BERTH_MESSAGE(berth::mounts_left)
