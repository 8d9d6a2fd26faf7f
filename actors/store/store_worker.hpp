#pragma once

#include "actors/message.hpp"
#include "actors/store/api.hpp"
#include "actors/store/ballast.hpp"
#include "actors/store/build_log_api.hpp"
#include "actors/store/database.hpp"
#include "actors/store/service_api.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <filesystem>
#include <memory>
#include <variant>
#include <vector>

namespace berth {

struct commit_waiting {};

struct sync_waiting {};

using store_worker_actor = store_actor::extend_with<service_store_actor>::
  extend_with<build_log_store_actor>::extend<
    // Internal: everything that was asked for before it is in the batch now.
    caf::reacts_to<commit_waiting>,
    // Internal: everything that was committed until now gets its fsync.
    caf::reacts_to<sync_waiting>>;

struct store_worker_state {
  static inline const char* name = "store_worker";

  using change
    = std::variant<put_record, drop_record, put_image, drop_image, put_session,
                   drop_session, put_archive, forget_archive, put_build,
                   forget_build, put_build_log, put_service, drop_service>;

  struct waiting {
    change what;
    caf::typed_response_promise<stored> promise;
  };

  store_worker_state() = default;
  store_worker_state(const store_worker_state&) = delete;
  store_worker_state& operator=(const store_worker_state&) = delete;

  std::shared_ptr<database> db;
  std::shared_ptr<ballast> spare; ///< may be none
  std::vector<waiting> batch;     ///< for one transaction
  std::vector<caf::typed_response_promise<durable>> awaiting_sync;
  bool sync_is_due = false; ///< a `sync_waiting` is on its way
  caf::error broken;        ///< why nothing can be written any more
};

/// Keeps what it is told in `db`, which only it uses from now on. It waits for
/// the disk, so it is spawned detached. What is asked for before its exit is
/// still written.
store_worker_actor::behavior_type
store_worker(store_worker_actor::stateful_pointer<store_worker_state> self,
             std::shared_ptr<database> db,
             std::shared_ptr<ballast> spare = nullptr);

/// The same actor, as the services and the builds know it: one of
/// `spawn_store_actor`.
service_store_actor service_store(const store_actor&);
build_log_store_actor build_log_store(const store_actor&);

/// Opens or makes the database and spawns its actor.
result<store_actor> spawn_store_actor(caf::actor_system& sys,
                                      const std::filesystem::path& path);

} // namespace berth

BERTH_MESSAGE(berth::commit_waiting)
BERTH_MESSAGE(berth::sync_waiting)
