#include "actors/runtime/container_sweep.hpp"

#include "actors/ask.hpp"
#include "actors/runtime/container_release.hpp"
#include "core/log.hpp"
#include "core/slots.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto look_limit = 30s;
constexpr auto removal_limit = 120s;

} // namespace

void container_sweep_state::take_charge(container_sweep_actor::pointer self,
                                        runtime_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

caf::typed_response_promise<done>
container_sweep_state::run(const sweep& what) {
  auto where = deps_.where();
  for (const auto& [id, slot] : what.known) {
    known_ids_.insert(id);
    known_links_.insert(where.link(slot));
  }
  // Of builds: those of an earlier berthd went with what was built.
  auto builds = build_slots(*deps_.config);
  while (auto slot = builds.take())
    known_links_.insert(where.link(*slot));
  known_logs_.insert(what.stopped.begin(), what.stopped.end());
  promise_ = self_->make_response_promise<done>();
  parts_left_ = 2;
  have(deps_.services, sweep_services{{known_ids_.begin(), known_ids_.end()}});
  // Nobody waits for a copy of them any more.
  have(deps_.kernel.cgroup(), thaw_below{where.cgroup()});
  ask_actor(self_, deps_.hands.container(), look_limit, list_leftovers{})
    .then([this](const leftovers& found) { remove_containers(found); },
          [this](const caf::error& err) { part_failed(err); });
  ask_actor(self_, deps_.kernel.veth(), look_limit,
            list_links{where.link_prefix()})
    .then([this](const link_names& found) { remove_links(found); },
          [this](const caf::error& err) { part_failed(err); });
  return promise_;
}

void container_sweep_state::remove_containers(const leftovers& found) {
  for (const auto& id : found.ids) {
    if (known_ids_.count(id))
      continue;
    log_info("container-swept", id);
    have(self_->spawn(container_release, deps_),
         release_container{id, std::nullopt});
  }
  for (const auto& id : found.logs)
    if (!known_logs_.count(id))
      have(deps_.kernel.file(), remove_tree{deps_.where().retained_log(id)});
  part_done();
}

void container_sweep_state::remove_links(const link_names& found) {
  for (const auto& link : found.names)
    if (!known_links_.count(link))
      have(deps_.kernel.veth(), remove_link{link});
  part_done();
}

template <class Hand, class Job>
void container_sweep_state::have(Hand hand, Job job) {
  ++parts_left_;
  ask_actor(self_, hand, removal_limit, std::move(job))
    .then([this](const done&) { part_done(); },
          [this](const caf::error& err) { part_failed(err); });
}

void container_sweep_state::part_done() {
  if (--parts_left_ > 0)
    return;
  if (first_error_)
    promise_.deliver(first_error_);
  else
    promise_.deliver(done{});
  self_->quit();
}

void container_sweep_state::part_failed(const caf::error& why) {
  if (!first_error_)
    first_error_ = why;
  part_done();
}

container_sweep_actor::behavior_type container_sweep(
  container_sweep_actor::stateful_pointer<container_sweep_state> self,
  runtime_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const sweep& what) { return self->state.run(what); },
  };
}

} // namespace berth
