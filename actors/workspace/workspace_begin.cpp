#include "actors/ask.hpp"
#include "actors/workspace/workspace.hpp"
#include "core/layout.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

/// Versions that subscribers heard may be lost with the power: the store syncs
/// ten times a second. More than these cannot be.
constexpr uint64_t versions_told_early = 1000;

constexpr auto undo_limit = 2min;

} // namespace

void workspace_state::begin(begin_start& start) {
  secrets_ = std::move(start.secrets);
  prepared_ = std::move(start.prepared);
  if (secrets_.empty())
    return store_start(start.to);
  ask_actor(self_, deps_.secrets(), 10s,
            keep_secrets{record_->spec.id, secrets_})
    .then([this, to = start.to](const done&) { store_start(to); },
          [this, to = start.to](const caf::error& err) {
            to.refuse(err);
            abandon_start();
          });
}

void workspace_state::store_start(const answer<start_accepted>& to) {
  is_begun_ = true;
  auto accept = [this, to] {
    to.give(start_accepted{record_->url, record_->owner_token});
  };
  auto refuse = [to](const caf::error& err) {
    auto is_full = code_of(err) == ec::exhausted;
    to.refuse(is_full ? ec::exhausted : ec::unavailable, describe(err));
  };
  // Stopped meanwhile, and stored by that.
  if (is_leaving()) {
    change([](workspace_record&) {}, accept, refuse);
    return take_stop_step();
  }
  ask_actor(self_, deps_.store, 1min, put_record{record_})
    .then(
      [this, accept, refuse, stored = record_](const struct stored&) {
        told(stored);
        arm_deadline();
        take_steps();
        once_durable(accept, refuse);
      },
      [this, refuse](const caf::error& err) {
        refuse(err);
        abandon_start();
      });
}

void workspace_state::abandon_start() {
  is_begun_ = true;
  if (is_leaving())
    return take_stop_step();
  self_->send(listener_, start_abandoned{record_->spec.id});
  self_->quit();
}

void workspace_state::resume() {
  is_begun_ = true;
  change(
    [](workspace_record& record) { record.version += versions_told_early; });
  const auto& id = record_->spec.id;
  switch (record_->phase) {
    case phase::stopping: content_dir_ = ""; return take_stop_step();
    case phase::running:
    case phase::interrupted:
      self_->send(deps_.images, hold_layers{id, record_->image_layers});
      // They may have been stored in the moment before the crash.
      if (!record_->spec.ssh_keys.empty())
        show_ssh_keys(answer<done>{[](const result<done>&) {}});
      // It runs: whatever a crash left of its secrets is of no use any more.
      tell_actor(deps_.secrets(), erase_secrets{id});
      if (record_->container.pid)
        watch_end();
      arm_backup();
      arm_storage_look();
      return;
    default: break;
  }
  // Half started: what there is of it is thrown away, and it starts anew.
  ask_actor(self_, deps_.runtime, undo_limit,
            release{record_->container_id(), record_->slot})
    .then(
      [this, id](const done&) {
        if (!record_->taken_over.empty())
          change([](workspace_record& record) { record.taken_over.clear(); });
        ask_actor(self_, deps_.secrets(), 10s, recall_secrets{id})
          .then(
            [this](recalled_secrets& kept) {
              secrets_ = std::move(kept.secrets);
              keep_filled_content();
              take_steps();
            },
            [this](const caf::error& err) {
              step_failed(start_step::content, err);
            });
      },
      [this](const caf::error& err) {
        step_failed(start_step::container, err);
      });
}

/// What was cloned before the crash need not be cloned again.
void workspace_state::keep_filled_content() {
  if (!record_->conditions.content_ready)
    return;
  content_dir_ = layout{*deps_.settings}.content(record_->spec.id);
  begun_ |= bit(start_step::content);
  done_ |= bit(start_step::content);
}

} // namespace berth
