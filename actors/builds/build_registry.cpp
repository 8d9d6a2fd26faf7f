#include "actors/builds/build_registry.hpp"

#include "actors/ask.hpp"
#include "core/builds/build_key.hpp"
#include "core/builds/build_recipe.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <utility>

namespace berth {

using namespace std::chrono_literals;

namespace {

/// The questions of a decision have deadlines of their own.
constexpr auto decision_limit = 15min;
constexpr auto record_limit = 1min;

} // namespace

void build_registry_state::take_charge(build_registry_brain::pointer self,
                                       build_deps deps,
                                       std::vector<build_record> stored) {
  self_ = self;
  deps_ = std::move(deps);
  slots_ = build_slots(*deps_.settings);
  caches_.take_charge(self_, deps_, [this] { run_waiting(); });
  recover(std::move(stored));
}

// -- acceptance --------------------------------------------------------------

void build_registry_state::start(const start_build& what) {
  if (chores_ != 0)
    return early_.push_back([this, what] { start(what); });
  ask_actor(self_, self_->spawn(build_decision, deps_), decision_limit,
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
  // Of what was asked: what is found of it may change under way.
  auto key = join_key_of(what.owner, what.auth, what.source, it.base_reference);
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
    if (!is_done(each.record.phase) && each.record.join_key == join_key)
      return &each;
  return nullptr;
}

void build_registry_state::accept(build_request what,
                                  const build_listener& on_told,
                                  const build_decided& it,
                                  std::string join_key) {
  what.source = it.source;
  what.auth = it.auth;
  auto record = build_record{};
  record.id = deps_.new_id();
  record.owner = what.owner;
  record.reference = it.reference;
  record.base_reference = it.base_reference;
  record.cache_key = cache_key_of(what.owner, what.auth, what.source);
  record.join_key = std::move(join_key);
  record.started_at = deps_.now();
  record.recipe = std::make_shared<const build_recipe>(
    make_recipe(what.source, what.auth, what.use_retry_client));
  log_info("build-accepted", record.id, record.reference);
  builds_[record.id].listeners.push_back(on_told);
  begin(std::move(record), std::move(what));
}

/// Its secrets are kept as those of starting workspaces: without them it could
/// not begin again.
void build_registry_state::begin(build_record record, build_request what) {
  auto secrets = kept_secrets(what.source, what.auth);
  auto& mine = builds_[record.id];
  mine.record = record;
  mine.actor = self_->spawn<caf::linked>(
    build, deps_, build_keeper_actor{self_}, record, std::move(what));
  if (secrets.empty())
    return store_accepted(record);
  mine.keeps_secrets = true;
  ask_actor(self_, deps_.secrets(), record_limit,
            keep_secrets{record.id, secrets})
    .then(
      [this, record](const done&) {
        if (is_over(record.id)) // and its secrets were erased before
          tell_actor(deps_.secrets(), erase_secrets{record.id});
        store_accepted(record);
      },
      [this, record](const caf::error& err) {
        log_warning("secrets-not-kept", record.id, describe(err));
        store_accepted(record);
      });
}

/// A build may take too long before its turn, or before it is stored.
bool build_registry_state::is_over(const std::string& id) const {
  auto found = builds_.find(id);
  return found == builds_.end() || found->second.has_ended
         || is_done(found->second.record.phase);
}

/// Told and run once it is stored: a crash must not forget it.
void build_registry_state::store_accepted(const build_record& record) {
  if (is_over(record.id))
    return;
  ask_actor(self_, deps_.store, record_limit, put_build{record})
    .then(
      [this, record](const stored&) {
        if (is_over(record.id))
          return;
        waiting_.push_back(record.id);
        changed(record);
        run_waiting();
      },
      [this, record](const caf::error& err) {
        give_up(record.id, describe(err));
      });
}

// -- their turn --------------------------------------------------------------

/// One build at a time works on a cache.
void build_registry_state::run_waiting() {
  for (auto& id : std::exchange(waiting_, {})) {
    auto& mine = builds_.at(id);
    const auto& key = mine.record.cache_key;
    auto slot = std::optional<uint32_t>{};
    if (caches_.is_free(key))
      slot = slots_.take();
    if (!slot) {
      waiting_.push_back(std::move(id));
      continue;
    }
    mine.is_running = true;
    mine.slot = *slot;
    self_->send(mine.actor, run_build{*slot, caches_.take(key)});
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
    std::erase(waiting_, record.id);
    if (std::exchange(mine.keeps_secrets, false))
      tell_actor(deps_.secrets(), erase_secrets{record.id});
    note_done(record.id);
    forget_most();
  }
  for (const auto& tell : listeners)
    tell(record);
}

void build_registry_state::note_done(const std::string& id) {
  done_.push_back(id);
  self_->delayed_send(self_, build_retention, build_outdated{id});
}

caf::typed_response_promise<done>
build_registry_state::ended(const build_ended& what) {
  auto promise = self_->make_response_promise<done>();
  auto found = builds_.find(what.id);
  if (found == builds_.end())
    return promise.deliver(done{});
  found->second.has_ended = true;
  std::erase(waiting_, what.id);
  release(found->second, what.cache, what.spoilt_cache,
          [promise]() mutable { promise.deliver(done{}); });
  return promise;
}

void build_registry_state::release(entry& mine, cache_contents cache,
                                   bool spoilt_cache, const step& then) {
  if (!std::exchange(mine.is_running, false))
    return then();
  slots_.give_back(mine.slot);
  auto go_on = [this, then] {
    then();
    run_waiting();
    forget_most();
  };
  if (spoilt_cache)
    return caches_.drop(mine.record.cache_key, go_on);
  caches_.give_back(mine.record.cache_key, std::move(cache));
  go_on();
}

void build_registry_state::hear_exit(const caf::exit_msg& exit) {
  for (auto& [id, mine] : builds_) {
    if (!mine.actor || mine.actor.address() != exit.source)
      continue;
    // It failed in itself, wherever it was.
    log_error("build-actor-died", id, caf::to_string(exit.reason));
    mine.actor = nullptr;
    return release(mine, {}, true,
                   [this, id = id] { give_up(id, "the build was given up"); });
  }
  // The house is being left; the next berthd takes them up.
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
    [self](trim_build_caches) { return self->state.trim_caches(); },
    [self](const build_changed& what) { self->state.changed(what.record); },
    [self](const build_ended& what) { return self->state.ended(what); },
    [self](const build_outdated& what) { self->state.forget(what.id); },
  };
}

} // namespace berth
