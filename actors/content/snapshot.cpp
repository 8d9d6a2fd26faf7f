#include "actors/content/snapshot.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

namespace {

/// Whether another attempt could end otherwise.
bool is_passing(const caf::error& err) {
  switch (code_of(err)) {
    case ec::invalid_argument:
    case ec::failed_precondition:
    case ec::permission_denied:
    case ec::cancelled: return false;
    default: return true;
  }
}

} // namespace

std::string qualified_name_of(const archive_record& record,
                              const bucket_scheme& scheme) {
  auto file = is_snapshot(record.purpose) ? snapshot_file(record.created_ns)
                                          : std::string{backup_file};
  return scheme.qualified({{record.owner, record.meta_id}, file});
}

void snapshot_state::take_charge(snapshot_actor::pointer self,
                                 content_deps deps, archive_keeper_actor keeper,
                                 archive_record record, bool is_recorded) {
  self_ = self;
  deps_ = std::move(deps);
  keeper_ = std::move(keeper);
  record_ = std::move(record);
  is_recorded_ = is_recorded;
  waited_ = std::chrono::nanoseconds{record_.waited_ns};
  logs_are_due_ = record_.with_logs && record_.phase == archive_phase::intended;
}

std::chrono::nanoseconds snapshot_state::attempt_limit() const {
  return deps_.settings->timeouts.content_finalization / archive_attempts;
}

run_job snapshot_state::job_for(worker_job job) const {
  auto run = run_job{};
  run.job = std::move(job);
  run.range = deps_.range(record_.slot);
  run.deadline = attempt_limit();
  return run;
}

snapshot_state::failure snapshot_state::on_failure() {
  return [this](const caf::error& err) { failed(err); };
}

void snapshot_state::attempt() {
  if (is_over_)
    return;
  if (!is_recorded_)
    return enter(record_);
  if (logs_are_due_)
    return store_task_logs();
  next_step();
}

/// What leads from each phase to the next one.
void snapshot_state::next_step() {
  switch (record_.phase) {
    case archive_phase::intended: return wants_view() ? take_view() : pack();
    case archive_phase::viewed: return pack();
    case archive_phase::packed: return staged_ ? publish() : reopen_packed();
    case archive_phase::published: return clear_up();
  }
}

void snapshot_state::enter(archive_record changed) {
  auto put = put_archive{changed};
  ask_actor(self_, deps_.store, disk_limit, std::move(put))
    .then(
      [this, changed = std::move(changed)](const stored&) {
        // From here on it may be there after a crash.
        record_ = changed;
        is_recorded_ = true;
        ask_actor(self_, deps_.store, disk_limit, make_durable{})
          .then([this](const durable&) { entered(); }, on_failure());
      },
      on_failure());
}

void snapshot_state::entered() {
  if (record_.phase >= archive_phase::viewed)
    tell(archive_news::secured);
  // Backups of one content are stored in the order of their begin.
  if (record_.phase >= archive_phase::viewed
      && record_.purpose == archive_purpose::snapshot)
    tell(archive_news::off_content);
  attempt();
}

/// A log is good to have; what it tells of is what must not be lost.
void snapshot_state::store_task_logs() {
  ++log_attempts_;
  auto go_on = [this] {
    logs_are_due_ = false;
    attempt();
  };
  auto whose = content_id{record_.instance, record_.owner, record_.meta_id,
                          record_.slot};
  ask_actor(self_, deps_.disk(), removal_limit,
            store_logs{whose, deps_.live(record_.instance)})
    .then([go_on](const done&) { go_on(); },
          [this, go_on](const caf::error& err) {
            log_warning("logs-not-stored", record_.instance, describe(err));
            if (log_attempts_ >= log_attempts)
              return go_on();
            auto pause = archive_pause * (1U << (log_attempts_ - 1));
            self_->delayed_send(self_, pause, next_attempt{});
          });
}

/// Somebody was told its name, who looks for it one day.
bool snapshot_state::was_given_out() const {
  return record_.purpose == archive_purpose::snapshot
         && record_.phase >= archive_phase::viewed;
}

void snapshot_state::failed(const caf::error& why) {
  log_warning("archive-failed", record_.id, describe(why));
  ++attempts_;
  // What is half written only takes room.
  if (record_.phase < archive_phase::packed)
    tell_actor(deps_.disk(), drop_staged{record_.id});
  if (!is_passing(why))
    return give_up(why);
  auto doublings = std::min(attempts_ - 1, 16U);
  auto pause = std::min<std::chrono::nanoseconds>(
    archive_pause * (1U << doublings), longest_archive_pause);
  if (attempts_ >= archive_attempts) {
    waited_ += pause;
    if (!was_given_out() || waited_ > deps_.settings->content.publish_limit)
      return give_up(why);
    if (attempts_ == archive_attempts)
      tell(archive_news::stalled);
    note_patience();
  }
  tell(archive_news::waiting, describe(why));
  self_->delayed_send(self_, pause, next_attempt{});
}

/// A restart must not make it wait for as long once more.
void snapshot_state::note_patience() {
  record_.waited_ns = waited_.count();
  ask_actor(self_, deps_.store, disk_limit, put_archive{record_})
    .then([](const stored&) {},
          [this](const caf::error& err) {
            log_warning("archive-wait-not-noted", record_.id, describe(err));
          });
}

/// Those who do not wait hear of it nowhere else.
void snapshot_state::give_up(const caf::error& why) {
  auto what
    = is_snapshot(record_.purpose) ? "snapshot-failed" : "backup-not-made";
  log_error(what, record_.instance,
            qualified_name_of(record_, deps_.scheme()) + ": " + describe(why));
  deps_.counts->failed(to_string(record_.purpose));
  self_->send(keeper_, archive_ended{record_.id, why});
  clear_up();
}

/// What it needed on the way. What is left in spite of all is removed when
/// berthd starts the next time.
void snapshot_state::clear_up() {
  is_over_ = true;
  auto forget = [this] {
    auto end = [this] {
      is_cleared_up_ = true;
      if (!thaw_is_due_)
        self_->quit();
    };
    ask_actor(self_, deps_.store, disk_limit, forget_archive{record_.id})
      .then([end](const stored&) { end(); },
            [this, end](const caf::error& err) {
              log_error("archive-not-forgotten", record_.id, describe(err));
              end();
            });
  };
  auto remove = [this, forget] { remove_view(forget); };
  ask_actor(self_, deps_.disk(), disk_limit, drop_staged{record_.id})
    .then([remove](const done&) { remove(); },
          [this, remove](const caf::error& err) {
            log_error("staged-not-removed", record_.id, describe(err));
            remove();
          });
}

void snapshot_state::tell(archive_news news, const std::string& why) {
  self_->send(keeper_, archive_told{record_.id, news, why});
}

snapshot_actor::behavior_type
snapshot(snapshot_actor::stateful_pointer<snapshot_state> self,
         content_deps deps, archive_keeper_actor keeper, archive_record record,
         bool is_recorded) {
  self->state.take_charge(self, std::move(deps), std::move(keeper),
                          std::move(record), is_recorded);
  self->state.attempt();
  return {
    [self](next_attempt) { self->state.attempt(); },
    [self](thaw_again) { self->state.thaw_writers(); },
    [self](storage_doubt) { self->state.doubt_storage(); },
  };
}

} // namespace berth
