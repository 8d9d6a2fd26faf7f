#include "actors/ask.hpp"
#include "actors/workspace/workspace_manager.hpp"
#include "core/log.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto sweep_limit = 5min;

bool lives_on(const record_ptr& record) {
  return record->phase != phase::stopped;
}

} // namespace

/// Removes what belongs to nobody, then takes the known ones up again. All
/// sweeps may fail without harm: what they leave is found at the next start.
void workspace_manager_state::recover(const std::vector<record_ptr>& stored) {
  auto to_keep = sweep{};
  auto content_to_keep
    = sweep_content{deps_.ids->of(instance_ids::user::session)};
  auto secrets_to_keep = sweep_secrets{};
  for (const auto& record : stored)
    if (lives_on(record)) {
      to_keep.known.emplace_back(record->container_id(), record->slot);
      content_to_keep.known.push_back(record->spec.id);
      secrets_to_keep.known.push_back(record->spec.id);
    } else {
      to_keep.stopped.push_back(record->container_id());
    }
  auto begin = [this, stored, secrets_to_keep] {
    auto go_on = [this, stored] { begin_service(stored); };
    ask_actor(self_, deps_.workspace.secrets(), sweep_limit, secrets_to_keep)
      .then([go_on](const done&) { go_on(); },
            [go_on](const caf::error& err) {
              log_error("secrets-not-swept", "", describe(err));
              go_on();
            });
  };
  auto sweep_files = [this, begin, content_to_keep] {
    ask_actor(self_, deps_.workspace.content, sweep_limit, content_to_keep)
      .then([begin](const done&) { begin(); },
            [begin](const caf::error& err) {
              log_error("content-not-swept", "", describe(err));
              begin();
            });
  };
  ask_actor(self_, deps_.workspace.runtime, sweep_limit, std::move(to_keep))
    .then([sweep_files](const done&) { sweep_files(); },
          [sweep_files](const caf::error& err) {
            log_error("runtime-not-swept", "", describe(err));
            sweep_files();
          });
}

void workspace_manager_state::begin_service(
  const std::vector<record_ptr>& stored) {
  for (const auto& record : stored)
    resume(record);
  // The crash came before a ghost could note that its place is taken.
  for (const auto& record : stored)
    if (auto ghost = entries_.find(record->taken_over);
        lives_on(record) && ghost != entries_.end() && ghost->second.is_live) {
      ghost->second.slot_is_given = true;
      self_->send(ghost->second.actor, give_way{});
    }
  is_recovered_ = true;
  log_info("recovered", "",
           std::to_string(stored.size()) + " workspace records");
}

void workspace_manager_state::resume(const record_ptr& record) {
  const auto& spec = record->spec;
  auto& entry = entries_[spec.id];
  entry.record = record;
  deps_.ids->claim(spec.id, instance_ids::user::workspace);
  deps_.workspace.published->put(record);
  entry.meta_id = spec.meta_id;
  entry.slot = record->slot;
  if (!lives_on(record)) {
    self_->send(deps_.bus, publish{record});
    return retire(entry, record);
  }
  slots_.claim(record->slot);
  entry.actor = spawn_workspace(record);
  self_->send(entry.actor, resume_workspace{});
}

void workspace_manager_state::rescue(const caf::exit_msg& exit) {
  if (!exit.reason || exit.reason == caf::exit_reason::normal)
    return;
  for (auto& [id, entry] : entries_) {
    if (!entry.is_live || entry.actor != exit.source)
      continue;
    log_error("workspace-actor-died", id, caf::to_string(exit.reason));
    if (!entry.record)
      return self_->send(self_, start_abandoned{id});
    entry.actor = spawn_workspace(entry.record);
    return self_->send(entry.actor, resume_workspace{});
  }
  // Not one of ours: the house is being left.
  self_->quit(exit.reason);
}

} // namespace berth
