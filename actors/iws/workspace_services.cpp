#include "actors/iws/workspace_services.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto doors_limit = 30s;
constexpr auto storing_limit = 1min;

/// What is under way when a workspace stops gets this long.
constexpr auto drain_limit = 10s;

service_ptr record_of(const open_service& what) {
  auto record = std::make_shared<service_record>();
  record->id = what.plan->id;
  record->slot = what.plan->slot;
  record->kind = what.plan->kind;
  record->container = what.container;
  return record;
}

} // namespace

void workspace_services_state::take_charge(
  service_registry_actor::pointer self, services_deps deps,
  const std::vector<service_ptr>& stored) {
  self_ = self;
  deps_ = std::move(deps);
  self_->set_exit_handler([this](const caf::exit_msg& exit) { rescue(exit); });
  if (stored.empty())
    return;
  auto doors = std::vector<wanted_door>{};
  for (const auto& record : stored)
    doors.push_back(door_of(serve(record)));
  reopen(std::move(doors));
}

void workspace_services_state::reopen(std::vector<wanted_door> doors) {
  ask_actor(self_, deps_.opener(), doors_limit, open_doors{std::move(doors)})
    .then([](const done&) {},
          [](const caf::error& why) {
            // A container may have ended while nobody looked.
            log_warning("service-not-reopened", "", describe(why));
          });
}

workspace_services_state::entry&
workspace_services_state::serve(service_ptr record) {
  auto& entry = entries_[record->id];
  entry.record = std::move(record);
  entry.actor
    = self_->spawn<caf::linked>(workspace_service, deps_.each,
                                service_listener_actor{self_}, *entry.record);
  return entry;
}

wanted_door workspace_services_state::door_of(const entry& of) {
  return {of.record->id, of.record->container, of.actor};
}

caf::typed_response_promise<done>
workspace_services_state::open(const open_service& what) {
  auto promise = self_->make_response_promise<done>();
  auto record = record_of(what);
  auto give_up = [this, promise, id = record->id](const caf::error& why) {
    end(id,
        [promise, why](const caf::error&) mutable { promise.deliver(why); });
  };
  ask_actor(self_, deps_.each.store, storing_limit, put_service{record})
    .then(
      [this, record, promise, give_up](const stored&) {
        auto job = open_doors{{door_of(serve(record))}};
        ask_actor(self_, deps_.opener(), doors_limit, std::move(job))
          .then([promise](const done&) mutable { promise.deliver(done{}); },
                give_up);
      },
      give_up);
  return promise;
}

caf::typed_response_promise<done>
workspace_services_state::close(const std::string& id) {
  auto promise = self_->make_response_promise<done>();
  end(id, [promise](const caf::error& why) mutable {
    if (why)
      promise.deliver(why);
    else
      promise.deliver(done{});
  });
  return promise;
}

void workspace_services_state::end(const std::string& id,
                                   std::function<void(caf::error)> then) {
  deps_.doors->close(id);
  auto found = entries_.find(id);
  if (found == entries_.end())
    return then({});
  auto actor = found->second.actor;
  entries_.erase(found);
  auto go_on = [this, id, then = std::move(then)] { forget(id, then); };
  ask_actor(self_, actor, drain_limit, stop_serving{})
    .then([go_on](const done&) { go_on(); },
          [go_on, id](const caf::error& why) {
            log_error("service-not-drained", id, describe(why));
            go_on();
          });
}

void workspace_services_state::forget(const std::string& id,
                                      std::function<void(caf::error)> then) {
  ask_actor(self_, deps_.each.store, storing_limit, drop_service{id})
    .then([then](const stored&) { then({}); },
          [then](const caf::error& why) { then(why); });
}

caf::typed_response_promise<done>
workspace_services_state::sweep(const sweep_services& what) {
  auto promise = self_->make_response_promise<done>();
  auto unknown = std::vector<std::string>{};
  for (const auto& [id, entry] : entries_)
    if (std::ranges::find(what.known, id) == what.known.end())
      unknown.push_back(id);
  if (unknown.empty()) {
    promise.deliver(done{});
    return promise;
  }
  auto left = std::make_shared<size_t>(unknown.size());
  for (const auto& id : unknown) {
    log_info("service-swept", id);
    end(id, [promise, left](const caf::error&) mutable {
      if (--*left == 0)
        promise.deliver(done{});
    });
  }
  return promise;
}

void workspace_services_state::changed(const service_changed& news) {
  auto found = entries_.find(news.service->id);
  if (found != entries_.end())
    found->second.record = news.service;
}

void workspace_services_state::rescue(const caf::exit_msg& exit) {
  if (!exit.reason || exit.reason == caf::exit_reason::normal)
    return;
  for (auto& [id, entry] : entries_) {
    if (entry.actor != exit.source)
      continue;
    log_error("service-actor-died", id, caf::to_string(exit.reason));
    return reopen({door_of(serve(entry.record))});
  }
  // Not one of ours: the house is being left.
  self_->quit(exit.reason);
}

service_registry_actor::behavior_type workspace_services(
  service_registry_actor::stateful_pointer<workspace_services_state> self,
  services_deps deps, std::vector<service_ptr> stored) {
  auto& it = self->state;
  it.take_charge(self, std::move(deps), stored);
  return {
    [&it](const open_service& what) { return it.open(what); },
    [&it](const close_service& what) { return it.close(what.id); },
    [&it](const sweep_services& what) { return it.sweep(what); },
    [&it](const service_changed& news) { it.changed(news); },
  };
}

} // namespace berth
