#pragma once

#include "actors/message.hpp"
#include "actors/store/api.hpp"
#include "model/service_record.hpp"

#include <caf/typed_actor.hpp>

#include <string>
#include <vector>

namespace berth {

/// Writes what is remembered of a service, over what was before.
struct put_service {
  service_ptr service;
};

/// One that is not there is no error.
struct drop_service {
  std::string id;
};

struct load_services {};

struct stored_services {
  std::vector<service_ptr> services;
};

/// What the database keeps for the services inside workspaces. As `store_actor`
/// says, and the same actor.
using service_store_actor
  = caf::typed_actor<caf::replies_to<put_service>::with<stored>,
                     caf::replies_to<drop_service>::with<stored>,
                     caf::replies_to<load_services>::with<stored_services>>;

} // namespace berth

BERTH_MESSAGE(berth::put_service)
BERTH_MESSAGE(berth::drop_service)
BERTH_MESSAGE(berth::load_services)
BERTH_MESSAGE(berth::stored_services)
