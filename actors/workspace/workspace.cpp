#include "actors/workspace/workspace.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

/// After so many a client would have been heard that is still there.
constexpr auto missed_heartbeats = 4;

} // namespace

void workspace_state::take_charge(workspace_actor::pointer self,
                                  workspace_deps deps,
                                  workspace_listener_actor listener,
                                  record_ptr record) {
  self_ = self;
  deps_ = std::move(deps);
  listener_ = std::move(listener);
  // One that an earlier boot of the machine knew gets its times in ours.
  auto own = std::make_shared<workspace_record>(*record);
  own->ticks = ticks_of(*record, deps_.clock);
  record_ = std::move(own);
  ears_
    = {since_boot(), missed_heartbeats * deps_.settings->heartbeat_interval};
}

wall_time workspace_state::now() const {
  return deps_.clock.wall();
}

boot_time workspace_state::since_boot() const {
  return deps_.clock.since_boot();
}

content_id workspace_state::whose() const {
  const auto& spec = record_->spec;
  return {spec.id, spec.owner, spec.meta_id, record_->slot};
}

bool workspace_state::is_leaving() const {
  return record_->phase == phase::stopping || record_->phase == phase::stopped;
}

void workspace_state::enter(phase next, workspace_record& record) const {
  // A resumed start passes its first phases a second time; nobody sees that.
  if (!may_follow(record.phase, next))
    return;
  record.phase = next;
  record.ticks.phase = since_boot();
}

void workspace_state::change(const edit& how, continuation then,
                             failure otherwise) {
  change_silently(
    how,
    [this, then = std::move(then), otherwise] {
      told(stored_);
      if (then)
        once_durable(then, [this, otherwise](const caf::error& err) {
          not_stored(err, otherwise);
        });
    },
    otherwise);
}

void workspace_state::not_stored(const caf::error& err,
                                 const failure& otherwise) const {
  // Unless its disk was full, the store refuses everything from here on; what
  // was acknowledged is on disk and goes on at the next start of the service.
  log_error("workspace-not-stored", record_->spec.id, describe(err));
  if (otherwise)
    otherwise(err);
}

void workspace_state::change_silently(const edit& how, continuation then,
                                      failure otherwise) {
  auto next = std::make_shared<workspace_record>(*record_);
  how(*next);
  ++next->version;
  record_ = next;
  arm_deadline();
  ask_actor(self_, deps_.store, 1min, put_record{record_})
    .then(
      [this, stored = record_, then](const struct stored&) {
        stored_ = stored;
        then();
      },
      [this, then, otherwise = std::move(otherwise)](const caf::error& err) {
        // Somebody who waits is told; a phase on its way has to arrive.
        if (code_of(err) == ec::exhausted && is_begun_ && !otherwise)
          return await_space(then);
        not_stored(err, otherwise);
      });
}

void workspace_state::await_space(continuation then) {
  awaiting_space_.push_back(std::move(then));
  if (awaiting_space_.size() > 1)
    return;
  log_error("workspace-not-stored", record_->spec.id,
            "the disk is full; trying again");
  self_->delayed_send(self_, 1s, store_again{});
}

void workspace_state::store_newest() {
  auto go_on = [this] {
    for (auto& then : std::exchange(awaiting_space_, {}))
      then();
  };
  // A later change may have found room before us.
  if (stored_ && stored_->version >= record_->version)
    return go_on();
  ask_actor(self_, deps_.store, 1min, put_record{record_})
    .then(
      [this, go_on, stored = record_](const struct stored&) {
        stored_ = stored;
        go_on();
      },
      [this](const caf::error& err) {
        if (code_of(err) == ec::exhausted)
          return self_->delayed_send(self_, 1s, store_again{});
        awaiting_space_.clear();
        not_stored(err, nullptr);
      });
}

void workspace_state::once_durable(const continuation& then,
                                   const failure& otherwise) {
  ask_actor(self_, deps_.store, 1min, make_durable{})
    .then([then](const durable&) { then(); }, otherwise);
}

void workspace_state::change_for(const answer<done>& to, const edit& how) {
  change(
    how, [to] { to.give(done{}); }, if_not_stored(to));
}

workspace_state::failure
workspace_state::if_not_stored(const answer<done>& to) {
  return [to](const caf::error& err) {
    // Not `unavailable`, which clients try again.
    to.refuse(ec::internal, "the change was not stored: " + describe(err));
  };
}

void workspace_state::told(const record_ptr& stored) {
  // One that was told late would take back what came after it.
  if (stored->version <= told_version_)
    return;
  told_version_ = stored->version;
  // Who was told that a change is done finds it done when they look.
  deps_.published->put(stored);
  self_->send(listener_, record_changed{stored});
}

void workspace_state::stop(const stop_workspace& request) {
  auto grace = request.policy == stop_policy::normally ? 30s : 1s;
  auto abort = request.policy == stop_policy::abort;
  if (record_->phase == phase::stopped)
    return request.to.give(done{});
  auto is_harsher = !record_->stop_grace || grace < *record_->stop_grace
                    || (abort && !record_->conditions.aborted);
  // A repeated one changes nothing, but is answered no sooner than the first.
  if (is_leaving() && record_->conditions.stopped_by_request && !is_harsher)
    return change_for(request.to, [](workspace_record&) {});
  leave(
    [grace, abort](workspace_record& record) {
      record.conditions.stopped_by_request = true;
      record.conditions.aborted |= abort;
      record.stop_grace = std::min<duration>(
        grace, record.stop_grace.value_or(duration::max()));
    },
    [to = request.to] { to.give(done{}); }, if_not_stored(request.to));
}

void workspace_state::run_inside(const exec_in_workspace& request) {
  if (record_->phase != phase::running || !record_->container.pid)
    return request.to.refuse(ec::failed_precondition,
                             "workspace is " + to_string(record_->phase)
                               + ", not running");
  auto job = exec{request.token, request.plan, request.listener};
  job.plan.id = record_->container_id();
  ask_actor(self_, deps_.runtime, 1min, std::move(job))
    .then([to = request.to](const done&) { to.give(done{}); },
          [to = request.to](const caf::error& err) { to.refuse(err); });
}

workspace_actor::behavior_type
workspace(workspace_actor::stateful_pointer<workspace_state> self,
          workspace_deps deps, workspace_listener_actor listener,
          record_ptr record) {
  auto& it = self->state;
  it.take_charge(self, std::move(deps), std::move(listener), std::move(record));
  return {
    [&it](begin_start& start) { it.begin(start); },
    [&it](resume_workspace) { it.resume(); },
    [&it](const stop_workspace& request) { it.stop(request); },
    [&it](const mark_active& request) { it.touch(request); },
    [&it](const adjust_workspace& request) { it.adjust(request); },
    [&it](const take_snapshot& request) { it.snapshot(request); },
    [&it](const backup_workspace& request) { it.back_up_now(request); },
    [&it](const exec_in_workspace& request) { it.run_inside(request); },
    [&it](give_way) { it.leave_to_another(); },
    [&it](const progress_told& told) { it.tell_progress(told.text); },
    [&it](deadline_check due) { it.check_deadline(due); },
    [&it](backup_retry) { it.retry_backup(); },
    [&it](const backup_waits& told) { it.tell_of_backup(told.why); },
    [&it](const snapshot_secured& told) { it.give_snapshot_name(told); },
    [&it](backup_due) { it.back_up_regularly(); },
    [&it](storage_look) { it.look_at_storage(); },
    [&it](store_again) { it.store_newest(); },
  };
}

} // namespace berth
