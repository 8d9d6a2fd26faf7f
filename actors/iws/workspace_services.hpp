#pragma once

#include "actors/iws/workspace_service.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace berth {

/// What the registry works with.
struct services_deps {
  service_deps each;
  std::shared_ptr<service_doors> doors;
  std::function<door_actor()> opener;
};

/// The registry as its own family sees it.
using service_registry_actor
  = workspace_services_actor::extend<caf::reacts_to<service_changed>>;

/// The services of all containers: opens, closes and replaces them.
class workspace_services_state {
public:
  static inline const char* name = "workspace_services";

  workspace_services_state() {}

  void take_charge(service_registry_actor::pointer self, services_deps deps,
                   const std::vector<service_ptr>& stored);

  caf::typed_response_promise<done> open(const open_service&);
  caf::typed_response_promise<done> close(const std::string& id);
  caf::typed_response_promise<done> sweep(const sweep_services&);
  void changed(const service_changed&);

private:
  struct entry {
    service_brain_actor actor;
    service_ptr record;
  };

  entry& serve(service_ptr);
  static wanted_door door_of(const entry&);
  /// Of services that were open before.
  void reopen(std::vector<wanted_door>);
  /// Goes on when nothing of service `id` is left.
  void end(const std::string& id, std::function<void(caf::error)> then);
  void forget(const std::string& id, std::function<void(caf::error)> then);
  /// A service that died is replaced, from what is remembered of it.
  void rescue(const caf::exit_msg&);

  service_registry_actor::pointer self_ = nullptr;
  services_deps deps_;
  std::map<std::string, entry> entries_;
};

/// `stored` is what the database held when berthd started.
service_registry_actor::behavior_type workspace_services(
  service_registry_actor::stateful_pointer<workspace_services_state> self,
  services_deps deps, std::vector<service_ptr> stored);

/// The registry with its real hands. `sys` must outlive it.
workspace_services_actor spawn_workspace_services(
  caf::actor_system& sys, std::shared_ptr<const settings>, service_store_actor,
  std::shared_ptr<service_doors>, std::function<boot_time()> since_boot,
  std::vector<service_ptr> stored);

} // namespace berth
