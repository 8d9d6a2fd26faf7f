#pragma once

#include "actors/builds/api.hpp"
#include "actors/content/api.hpp"
#include "actors/disk/api.hpp"
#include "actors/events/api.hpp"
#include "actors/git_cache/api.hpp"
#include "actors/images/api.hpp"
#include "actors/iws/api.hpp"
#include "actors/maintenance/api.hpp"
#include "actors/process/api.hpp"
#include "actors/quarantine/api.hpp"
#include "actors/resolve/api.hpp"
#include "actors/resources/api.hpp"
#include "actors/runtime/api.hpp"
#include "actors/runtime/network_api.hpp"
#include "actors/sessions/api.hpp"
#include "actors/store/api.hpp"
#include "actors/workspace/api.hpp"
#include "core/metrics/archive_counts.hpp"
#include "core/metrics/content_metrics.hpp"
#include "core/metrics/housekeeping.hpp"
#include "core/metrics/resource_metrics.hpp"
#include "core/objects/object_storage.hpp"
#include "core/published_records.hpp"

#include <caf/actor_system.hpp>

#include <memory>
#include <vector>

namespace berth {

/// Everybody who lives as long as the service, in the order of their birth.
struct household {
  store_actor store;
  process_actor process;
  workspace_services_actor services;
  network_actor network;
  runtime_actor runtime;
  git_cache_actor mirrors;
  disk_guard_actor disk;
  content_actor content;
  image_store_actor images;
  resolver_actor resolver;
  build_registry_actor builds;
  maintenance_actor maintenance;
  event_bus_actor bus;
  resources_actor resources;
  workspace_manager_actor manager;
  content_sessions_actor sessions;
  quarantine_actor quarantine;
  std::shared_ptr<const published_records> published; ///< by workspaces
  std::shared_ptr<object_storage> storage;
  std::shared_ptr<content_metrics> metrics
    = std::make_shared<content_metrics>();
  std::shared_ptr<archive_counts> archives = std::make_shared<archive_counts>();
  std::shared_ptr<resource_metrics> shares; ///< of the node's resources
  std::shared_ptr<housekeeping> gauges = std::make_shared<housekeeping>();
};

/// Opens the database and spawns them all; the manager begins to recover, and
/// workspaces are served at `doors`. `sys` must outlive them.
result<household> move_in(caf::actor_system& sys,
                          std::shared_ptr<const settings>,
                          std::shared_ptr<service_doors> doors);

/// Ends them, last born first, and waits until each is gone. If no workspace
/// lives, what the node did to this host's network and cgroups is taken back.
void move_out(caf::actor_system& sys, const settings&, household&);

} // namespace berth
