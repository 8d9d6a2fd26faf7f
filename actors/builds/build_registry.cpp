#include "actors/builds/build_registry.hpp"

#include "core/builds/build_key.hpp"
#include "core/log.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace berth {

using namespace std::chrono_literals;

namespace {

/// The questions of a decision have deadlines of their own.
constexpr auto decision_limit = 15min;
constexpr auto leftover_limit = 10min;
constexpr auto record_limit = 1min;

constexpr auto interrupted = "the node was restarted during the build; please "
                             "build again";

} // namespace

void build_registry_state::take_charge(build_registry_brain::pointer self,
                                       build_deps deps,
                                       std::vector<build_record> stored) {
  self_ = self;
  deps_ = std::move(deps);
  slots_ = build_slots(*deps_.settings);
  clear_leftovers(std::move(stored));
}

// -- what an earlier berthd left ---------------------------------------------

/// Its sandboxes ended with it. What they wrote may be half written.
void build_registry_state::clear_leftovers(std::vector<build_record> stored) {
  auto left = std::make_shared<size_t>(1);
  auto step_done = [this, left] {
    if (--*left == 0)
      became_ready();
  };
  auto remove = [&](auto hand, auto what, const std::string& whose) {
    ++*left;
    self_->request(hand, leftover_limit, std::move(what))
      .then([step_done](const done&) { step_done(); },
            [step_done, whose](const caf::error& err) {
              log_warning("build-leftover", whose, describe(err));
              step_done();
            });
  };
  for (auto& record : stored) {
    auto& known = builds_[record.id];
    known.record = std::move(record);
    if (!is_done(known.record.phase)) {
      const auto& id = known.record.id;
      remove(deps_.kernel.cgroup(),
             remove_cgroup{deps_.layout().build_cgroup(id)}, id);
      if (!known.record.cache_key.empty())
        remove(deps_.kernel.file(),
               remove_tree{deps_.layout().build_cache(known.record.cache_key)},
               id);
      known.record.phase = build_phase::done_failure;
      known.record.message = interrupted;
      known.record.ended_at = deps_.now();
      caf::anon_send(deps_.store, put_build{known.record});
    }
    done_.push_back(known.record.id);
    self_->delayed_send(self_, build_retention,
                        build_outdated{known.record.id});
  }
  remove(deps_.kernel.file(), remove_tree{deps_.layout().builds()}, "");
  step_done();
}

void build_registry_state::became_ready() {
  is_ready_ = true;
  forget_most();
  for (auto& each : std::exchange(early_, {}))
    start(each);
}

// -- acceptance --------------------------------------------------------------

void build_registry_state::start(const start_build& what) {
  if (!is_ready_)
    return early_.push_back(what);
  self_
    ->request(self_->spawn(build_decision, deps_), decision_limit,
              decide_build{what.what})
    .then([this, what](
            const build_decided& it) { decided(what.what, what.on_told, it); },
          [what](const caf::error& err) { what.on_told(err); });
}

void build_registry_state::decided(const build_request& what,
                                   const build_listener& on_told,
                                   const build_decided& it) {
  if (!it.digest.empty()) {
    auto there = build_record{};
    there.owner = what.owner;
    there.reference = it.reference;
    there.base_reference = it.base_reference;
    there.phase = build_phase::done_success;
    there.digest = it.digest;
    return on_told(std::move(there));
  }
  auto key = join_key_of(what.owner, what.auth, it.source, it.base_reference);
  if (auto* same = find_to_join(key)) {
    same->listeners.push_back(on_told);
    return on_told(same->record);
  }
  if (waiting_.size() >= most_waiting_builds)
    return on_told(make_error(ec::exhausted, "too many builds are waiting"));
  accept(what, on_told, it, std::move(key));
}

build_registry_state::entry*
build_registry_state::find_to_join(const std::string& join_key) {
  for (auto& [id, each] : builds_)
    if (!is_done(each.record.phase) && each.join_key == join_key)
      return &each;
  return nullptr;
}

void build_registry_state::accept(build_request what,
                                  const build_listener& on_told,
                                  const build_decided& it,
                                  std::string join_key) {
  what.source = it.source;
  auto record = build_record{};
  record.id = deps_.new_id();
  record.owner = what.owner;
  record.reference = it.reference;
  record.base_reference = it.base_reference;
  record.cache_key = cache_key_of(what.owner, what.auth, what.source);
  record.started_at = deps_.now();
  log_info("build-accepted", record.id, record.reference);
  auto& mine = builds_[record.id];
  mine.record = record;
  mine.join_key = std::move(join_key);
  mine.listeners.push_back(on_told);
  mine.actor = self_->spawn<caf::linked>(
    build, deps_, build_keeper_actor{self_}, record, std::move(what));
  waiting_.push_back(record.id);
  // Told and run once it is stored: a crash must not forget it.
  self_->request(deps_.store, record_limit, put_build{record})
    .then(
      [this, record](const stored&) {
        changed(record);
        run_waiting();
      },
      [this, record](const caf::error& err) {
        auto failed = record;
        failed.phase = build_phase::done_failure;
        failed.message = describe(err);
        std::erase(waiting_, record.id);
        changed(failed);
      });
}

// -- their turn --------------------------------------------------------------

/// One build at a time works on a cache.
void build_registry_state::run_waiting() {
  for (auto& id : std::exchange(waiting_, {})) {
    auto& mine = builds_.at(id);
    const auto& key = mine.record.cache_key;
    auto slot = std::optional<uint32_t>{};
    if (!used_caches_.contains(key))
      slot = slots_.take();
    if (!slot) {
      waiting_.push_back(std::move(id));
      continue;
    }
    mine.is_running = true;
    mine.slot = *slot;
    used_caches_.insert(key);
    self_->send(mine.actor, run_build{*slot, cached_bases_[key]});
  }
}

void build_registry_state::changed(const build_record& record) {
  auto found = builds_.find(record.id);
  if (found == builds_.end() || is_done(found->second.record.phase))
    return;
  auto& mine = found->second;
  mine.record = record;
  auto listeners = mine.listeners;
  if (is_done(record.phase)) {
    mine.listeners.clear();
    done_.push_back(record.id);
    std::erase(waiting_, record.id);
    self_->delayed_send(self_, build_retention, build_outdated{record.id});
    forget_most();
  }
  for (const auto& tell : listeners)
    tell(record);
}

void build_registry_state::ended(const build_ended& what) {
  auto found = builds_.find(what.id);
  if (found == builds_.end() || !std::exchange(found->second.is_running, false))
    return;
  auto& mine = found->second;
  const auto& key = mine.record.cache_key;
  slots_.give_back(mine.slot);
  cached_bases_[key] = what.bases;
  if (what.spoilt_cache)
    return drop_cache(key);
  used_caches_.erase(key);
  run_waiting();
}

/// Nobody uses it before it is gone.
void build_registry_state::drop_cache(const std::string& key) {
  cached_bases_.erase(key);
  auto go_on = [this, key] {
    used_caches_.erase(key);
    run_waiting();
  };
  self_
    ->request(deps_.kernel.file(), leftover_limit,
              remove_tree{deps_.layout().build_cache(key)})
    .then([go_on](const done&) { go_on(); },
          [go_on, key](const caf::error& err) {
            log_warning("build-cache-not-removed", key, describe(err));
            go_on();
          });
}

void build_registry_state::hear_exit(const caf::exit_msg& exit) {
  for (auto& [id, mine] : builds_) {
    if (!mine.actor || mine.actor.address() != exit.source)
      continue;
    // It failed in itself, wherever it was.
    log_error("build-actor-died", id, caf::to_string(exit.reason));
    mine.actor = nullptr;
    auto failed = mine.record;
    failed.phase = build_phase::done_failure;
    failed.message = "the build was given up";
    failed.ended_at = deps_.now();
    caf::anon_send(deps_.store, put_build{failed});
    changed(failed);
    return ended({id, {}, true});
  }
  // The house is being left; the next berthd says what became of them.
  if (exit.reason && exit.reason != caf::exit_reason::normal)
    self_->quit(exit.reason);
}

build_registry_brain::behavior_type build_registry(
  build_registry_brain::stateful_pointer<build_registry_state> self,
  build_deps deps, std::vector<build_record> stored) {
  self->state.take_charge(self, std::move(deps), std::move(stored));
  self->set_exit_handler(
    [self](const caf::exit_msg& exit) { self->state.hear_exit(exit); });
  return {
    [self](const start_build& what) { self->state.start(what); },
    [self](list_builds) { return self->state.list(); },
    [self](const read_build_log& what) { self->state.read_log(what); },
    [self](const build_changed& what) { self->state.changed(what.record); },
    [self](const build_ended& what) { self->state.ended(what); },
    [self](const build_outdated& what) { self->state.forget(what.id); },
  };
}

} // namespace berth
