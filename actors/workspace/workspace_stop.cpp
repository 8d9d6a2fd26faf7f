#include "actors/ask.hpp"
#include "actors/workspace/workspace.hpp"
#include "core/log.hpp"

#include <algorithm>
#include <string_view>

namespace berth {

using namespace std::chrono_literals;

namespace {

/// What a headless workspace's init writes when a task of the user failed, as
/// opposed to the workspace itself. Clients look for this text.
constexpr std::string_view task_failed = "headless task failed: ";

/// SIGKILL comes this long after SIGTERM when nobody said otherwise: a stop
/// that nobody waits for may take its time, but not for ever.
constexpr duration default_grace = 30s;

constexpr auto release_limit = 2min;

duration backup_pause(uint32_t attempts) {
  return std::min<duration>(1s * (1u << std::min(attempts, 6u)), 1min);
}

void judge_end(const container_end& end, workspace_record& record) {
  auto& is = record.conditions;
  if (!end.code) {
    is.failed = "the container was lost: its process is gone and nothing says "
                "how it ended";
    return;
  }
  if (record.spec.is_headless()) {
    is.headless_task_failed = end.termination_message;
    auto is_users_failure
      = end.termination_message.starts_with(task_failed) || *end.code == 0;
    if (is_users_failure)
      return;
  }
  if (*end.code == 0)
    is.failed = "workspace containers are not supposed to complete";
  else
    is.failed
      = "container workspace exited with code " + std::to_string(*end.code)
        + (end.termination_message.empty() ? ""
                                           : ": " + end.termination_message);
}

} // namespace

void workspace_state::container_ended(const container_end& end) {
  // While it is being stopped, its end is what we wait for anyway.
  if (is_leaving())
    return;
  ended_ = end;
  if (!record_->spec.is_headless())
    return settle_end();
  unless_under_maintenance([this] { settle_end(); });
}

void workspace_state::settle_end() {
  if (!is_leaving())
    leave([this](workspace_record& record) { judge_end(*ended_, record); });
}

void workspace_state::leave(const edit& why, continuation then,
                            failure otherwise) {
  auto was_leaving = is_leaving();
  change(
    [&](workspace_record& record) {
      why(record);
      if (!was_leaving) {
        enter(phase::stopping, record);
        record.stopping_since = now();
        record.message.clear();
        record.conditions.pulling_images = false;
      }
    },
    std::move(then), std::move(otherwise));
  if (!was_leaving) {
    if (under_way_ & bit(start_step::content))
      self_->send(deps_.content, cancel_content{record_->spec.id});
    return take_stop_step();
  }
  // A harsher stop shortens the grace period that is running, or spares a
  // backup that has not begun.
  if (stop_at_ == stop_step::end_container)
    end_container();
  else if (stop_at_ == stop_step::back_up && !stop_step_under_way_)
    take_stop_step();
}

void workspace_state::take_stop_step() {
  switch (stop_at_) {
    case stop_step::let_start_end:
      if (is_begun_ && !(under_way_ & ~bit(start_step::image))) {
        stop_at_ = stop_step::end_container;
        take_stop_step();
      }
      return;
    case stop_step::end_container: return end_container();
    case stop_step::back_up:
      if (record_->owes_backup())
        return back_up();
      return stop_step_done(stop_step::back_up);
    case stop_step::settle_content: return settle_content();
    case stop_step::release: return release_all();
    case stop_step::finish:
      return change(
        [this](workspace_record& record) {
          enter(phase::stopped, record);
          record.stopped_at = now();
          record.message.clear();
        },
        [this] { self_->quit(); });
  }
}

/// A step of the start that was under way when the stop began.
void workspace_state::start_step_ended() {
  if (stop_at_ == stop_step::let_start_end)
    take_stop_step();
}

/// Nothing of a ghost is left to undo: all it had is another's now.
void workspace_state::leave_to_another() {
  place_is_given_ = true;
  if (is_leaving())
    return; // it was on its way out already; what is left is the other's
  change([this](workspace_record& record) {
    enter(phase::stopping, record);
    record.stopping_since = now();
  });
  change(
    [this](workspace_record& record) {
      enter(phase::stopped, record);
      record.stopped_at = now();
    },
    [this] {
      self_->send(deps_.images, drop_layers{record_->spec.id});
      self_->quit();
    });
}

void workspace_state::stop_step_done(stop_step step) {
  // A step that was asked for twice (a shortened grace) ends once.
  if (step != stop_at_)
    return;
  stop_step_under_way_ = false;
  stop_at_ = static_cast<stop_step>(static_cast<uint8_t>(step) + 1);
  take_stop_step();
}

void workspace_state::stop_step_failed(stop_step step, const caf::error& err) {
  // Cleaning up again is harmless, and giving up would leak: the next start
  // of the service, at the latest, finds what is left by its name.
  log_error("stop-step-failed", record_->spec.id, describe(err));
  stop_step_done(step);
}

void workspace_state::end_container() {
  auto passed = since_boot() - record_->ticks.phase;
  auto grace = record_->stop_grace.value_or(default_grace);
  auto left = std::max<duration>(grace - passed, 0s);
  ask_actor(self_, deps_.runtime, left + release_limit,
            terminate{record_->container_id(), left})
    .then([this](const done&) { stop_step_done(stop_step::end_container); },
          [this](const caf::error& err) {
            stop_step_failed(stop_step::end_container, err);
          });
}

void workspace_state::back_up() {
  stop_step_under_way_ = true;
  ++backup_attempts_;
  const auto& spec = record_->spec;
  auto purpose = ends_with_snapshot(spec.type) ? archive_purpose::final_snapshot
                                               : archive_purpose::final_backup;
  auto job = archive_content{whose(), purpose, ""};
  job.with_logs = ends_with_snapshot(spec.type);
  if (!spec.checkout_locations.empty())
    job.checkout_location = spec.checkout_locations.front();
  job.on_waiting = [me = workspace_actor{self_}](const std::string& why) {
    tell_actor(me, backup_waits{why});
  };
  ask_actor(self_, deps_.content, deps_.settings->timeouts.content_finalization,
            std::move(job))
    .then([this](const content_archived& it) { backed_up(it); },
          [this](const caf::error& err) { backup_failed(err); });
}

/// Who looks at the workspace sees why it does not stop.
void workspace_state::tell_of_backup(const std::string& why) {
  auto text = "the backup waits: " + why;
  if (stop_at_ != stop_step::back_up || !stop_step_under_way_
      || record_->message == text)
    return;
  change([&](workspace_record& record) { record.message = text; });
}

void workspace_state::backed_up(const content_archived& archive) {
  if (stop_at_ != stop_step::back_up)
    return;
  change(
    [&](workspace_record& record) {
      record.conditions.final_backup_complete = true;
      record.repo = archive.repo;
      record.message.clear();
      if (ends_with_snapshot(record.spec.type))
        record.conditions.snapshot = archive.qualified_name;
    },
    // Local content goes only once it is on disk that it is safe elsewhere.
    [this] { stop_step_done(stop_step::back_up); });
}

void workspace_state::backup_failed(const caf::error& err) {
  stop_step_under_way_ = false;
  if (stop_at_ != stop_step::back_up)
    return;
  auto pause = backup_pause(backup_attempts_);
  log_error("backup-failed", record_->spec.id, describe(err));
  change([&](workspace_record& record) {
    record.message = "backup attempt " + std::to_string(backup_attempts_)
                     + " failed, trying again: " + describe(err);
  });
  self_->delayed_send(self_, pause, backup_retry{});
}

void workspace_state::retry_backup() {
  if (stop_at_ == stop_step::back_up && !stop_step_under_way_)
    take_stop_step();
}

void workspace_state::hurry_stop(const std::string& why) {
  log_error("stop-overdue", record_->spec.id, why);
  auto is_lost = record_->owes_backup();
  change([&](workspace_record& record) {
    auto& is = record.conditions;
    is.backup_failed |= is_lost;
    // The message has the last reason, which the deadline has not.
    auto last = is_lost && !record.message.empty() ? "; " + record.message : "";
    if (is.failed.empty())
      is.failed
        = (is_lost ? "Backup failed: " : "Stopping failed: ") + why + last;
    if (is.timeout.empty())
      is.timeout = why;
  });
  // Whatever hangs is left behind; the steps that clean up come next.
  stop_step_done(stop_at_);
}

void workspace_state::settle_content() {
  auto finished
    = [this](const done&) { stop_step_done(stop_step::settle_content); };
  auto failed = [this](const caf::error& err) {
    stop_step_failed(stop_step::settle_content, err);
  };
  if (record_->conditions.backup_failed)
    ask_actor(self_, deps_.content, release_limit,
              quarantine_content{whose(), record_->conditions.failed})
      .then(finished, failed);
  else
    ask_actor(self_, deps_.content, 10min, discard_content{record_->spec.id})
      .then(finished, failed);
}

void workspace_state::release_all() {
  const auto& id = record_->spec.id;
  tell_actor(deps_.secrets(), erase_secrets{id});
  self_->send(deps_.images, drop_layers{id});
  if (place_is_given_)
    return stop_step_done(stop_step::release);
  ask_actor(self_, deps_.runtime, release_limit,
            release{record_->container_id(), record_->slot})
    .then([this](const done&) { stop_step_done(stop_step::release); },
          [this](const caf::error& err) {
            stop_step_failed(stop_step::release, err);
          });
}

} // namespace berth
