#include "actors/resources/resources.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto hand_limit = 30s;
/// So many turns without a change, and a workspace's processes are settled.
constexpr auto enough_unchanged = 4;

bool has_container(const workspace_record& record) {
  return record.container.pid > 0;
}

bool is_ending(const workspace_record& record) {
  return record.phase == phase::stopping || record.phase == phase::stopped;
}

class passing_listener : public status_listener {
public:
  explicit passing_listener(resources_actor to) : to_(std::move(to)) {}

  bool offer(const record_ptr& record) override {
    if (has_container(*record) || is_ending(*record))
      tell_actor(to_, watch_resources{record});
    return true;
  }

private:
  resources_actor to_;
};

resource_change& change_of(std::map<std::string, resource_change>& changes,
                           const std::string& id, const std::string& cgroup) {
  auto& it = changes[id];
  it.id = id;
  it.cgroup = cgroup;
  return it;
}

} // namespace

void resources_state::take_charge(resources_brain_actor::pointer self,
                                  resources_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
  key_ = layout{*deps_.settings}.key();
  cpus_
    = std::make_unique<cpu_distribution>(deps_.settings->resources.cpu_millis);
  forget_former_connections();
}

bool resources_state::is_of_use(const watched& it) const {
  const auto& limits = it.limits;
  return limits.cpu_on_demand || limits.priorities || limits.pressure
         || limits.io != io_limits{} || it.connections;
}

bool resources_state::wants_processes(const watched& it) const {
  return it.limits.priorities && it.turns_unchanged < enough_unchanged;
}

void resources_state::see(const record_ptr& record) {
  const auto& id = record->spec.id;
  if (is_ending(*record))
    return let_go(*record);
  if (!watched_.contains(id))
    watch(*record);
}

void resources_state::watch(const workspace_record& record) {
  const auto& classes = deps_.settings->classes;
  auto limits = classes.find(record.spec.class_id);
  if (limits == classes.end())
    return;
  auto where = layout{*deps_.settings};
  auto fresh = watched{};
  fresh.cgroup = where.cgroup(record.container_id());
  fresh.link = where.link(record.slot);
  fresh.init = record.container.pid;
  fresh.limits = limits->second;
  fresh.connections
    = connection_limit_of(record.spec, limits->second.connections);
  if (!is_of_use(fresh))
    return;
  const auto& id = record.spec.id;
  const auto& it = watched_[id] = std::move(fresh);
  if (it.limits.cpu_on_demand)
    deps_.metrics->cpu_watched();
  if (it.limits.io != io_limits{}) {
    auto change = resource_change{id, it.cgroup};
    change.io = io_step::hold;
    change.io_of = it.limits.io;
    apply({change});
  }
  if (may_limit_)
    limit_connections_of(it);
  if (!turns_)
    await_turn();
}

/// At its first word of the end: who waits for a disk cannot be killed.
void resources_state::let_go(const workspace_record& record) {
  const auto& id = record.spec.id;
  const auto& classes = deps_.settings->classes;
  auto limits = classes.find(record.spec.class_id);
  auto holds_io = limits != classes.end() && limits->second.io != io_limits{};
  if (record.phase == phase::stopped) {
    lifted_.erase(id);
  } else if (holds_io && has_container(record) && lifted_.insert(id).second) {
    auto change = resource_change{
      id, layout{*deps_.settings}.cgroup(record.container_id())};
    change.io = io_step::lift;
    change.io_of = limits->second.io;
    apply({change});
  }
  auto it = watched_.find(id);
  if (it == watched_.end())
    return;
  if (it->second.limits.cpu_on_demand)
    deps_.metrics->cpu_unwatched();
  auto link = it->second.connections ? it->second.link : std::string{};
  deps_.metrics->forget(id);
  watched_.erase(it);
  // Who took its container over has its link.
  auto has_heir
    = std::any_of(watched_.begin(), watched_.end(),
                  [&](const auto& other) { return other.second.link == link; });
  if (may_limit_ && !link.empty() && !has_heir)
    run_nft({"-f", "-"}, unlimit_connections(key_, link), nullptr);
}

void resources_state::await_turn() {
  turns_ = !watched_.empty();
  if (turns_)
    self_->delayed_send(self_, deps_.settings->resources.period,
                        resource_turn{});
}

void resources_state::turn() {
  auto what = survey{};
  auto limits_connections = false;
  for (const auto& [id, it] : watched_) {
    auto subject = survey_subject{id, it.cgroup, it.limits.cpu_on_demand,
                                  it.limits.pressure, wants_processes(it)};
    if (subject.cpu || subject.pressure || subject.processes)
      what.subjects.push_back(std::move(subject));
    limits_connections |= it.connections.has_value();
  }
  if (limits_connections)
    count_drops();
  if (what.subjects.empty())
    return await_turn();
  ask_actor(self_, deps_.hand(), hand_limit, std::move(what))
    .then(
      [this](const surveyed& found) {
        decide(found);
        await_turn();
      },
      [this](const caf::error& err) {
        log_warning("resources-not-surveyed", "", describe(err));
        await_turn();
      });
}

void resources_state::decide(const surveyed& found) {
  auto changes = std::map<std::string, resource_change>{};
  share_cpus(found, changes);
  for (const auto& one : found.findings) {
    auto it = watched_.find(one.id);
    if (it == watched_.end())
      continue; // it went meanwhile
    for (const auto& [resource, waited] : one.pressures)
      deps_.metrics->pressed(one.id, resource, waited.some, waited.full);
    if (wants_processes(it->second))
      prioritize(one, it->second, changes);
  }
  auto all = std::vector<resource_change>{};
  for (auto& [id, change] : changes)
    all.push_back(std::move(change));
  if (!all.empty())
    apply(std::move(all));
}

void resources_state::share_cpus(
  const surveyed& found, std::map<std::string, resource_change>& changes) {
  auto subjects = std::vector<cpu_subject>{};
  for (const auto& one : found.findings) {
    auto it = watched_.find(one.id);
    if (it == watched_.end() || !one.cpu)
      continue;
    const auto& limits = it->second.limits;
    subjects.push_back(
      {one.id, *one.cpu,
       cpu_terms{limits.cpu_min_millis, limits.cpu_burst_millis,
                 limits.cpu_buckets}});
  }
  auto now = self_->clock().now();
  auto since = now - std::exchange(last_turn_, now);
  for (const auto& order : cpus_->turn(subjects, since)) {
    auto& change = change_of(changes, order.id, watched_[order.id].cgroup);
    change.sets_cpu = true;
    change.cpu = order.limit;
    if (order.was_throttled)
      deps_.metrics->cpu_throttled();
    if (order.is_burst)
      deps_.metrics->cpu_burst();
  }
  deps_.metrics->cpu_used(cpus_->used());
}

void resources_state::prioritize(
  const finding& found, watched& it,
  std::map<std::string, resource_change>& changes) {
  auto orders = priorities_of(found.processes, it.init);
  if (orders == it.priorities) {
    ++it.turns_unchanged;
    return;
  }
  it.turns_unchanged = 0;
  it.priorities = orders;
  change_of(changes, found.id, it.cgroup).priorities = std::move(orders);
}

void resources_state::apply(std::vector<resource_change> changes) {
  ask_actor(self_, deps_.hand(), hand_limit,
            change_resources{std::move(changes)})
    .then([this](const resources_changed& done) { note(done); },
          [](const caf::error& err) {
            log_warning("resources-not-changed", "", describe(err));
          });
}

void resources_state::note(const resources_changed& done) {
  for (const auto& it : done.outcomes) {
    // A cgroup goes before its record says so.
    if (it.why && code_of(it.why) != ec::not_found)
      log_warning("resources-not-changed", it.id,
                  it.controller + ": " + describe(it.why));
    if (it.controller != "cpu")
      deps_.metrics->activated(it.controller, !it.why);
  }
}

resources_brain_actor::behavior_type
resources(resources_brain_actor::stateful_pointer<resources_state> self,
          resources_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const watch_resources& what) { self->state.see(what.record); },
    [self](resource_turn) { self->state.turn(); },
  };
}

std::shared_ptr<status_listener> resources_listener(resources_actor to) {
  return std::make_shared<passing_listener>(std::move(to));
}

} // namespace berth
