#include "actors/content/archival.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace berth {

using std::chrono::nanoseconds;

namespace {

constexpr int archive_fd = 10;
constexpr auto source_inside = "/src";

/// One end of a staged file, alive as long as the whole.
sys::shared_fd end_of(const std::shared_ptr<const staged_object>& staged,
                      const sys::fd& end) {
  return {staged, &end};
}

/// One archive of an instance is written at a time.
std::string staged_name(const archive_content& what) {
  auto is_snapshot = what.purpose == archive_purpose::snapshot;
  return what.id.instance + (is_snapshot ? ".snapshot" : ".backup");
}

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

void archival_state::take_charge(archival_actor::pointer self,
                                 content_deps deps) {
  self_ = self;
  deps_ = std::move(deps);
}

std::chrono::nanoseconds archival_state::attempt_limit() const {
  return deps_.settings->timeouts.content_finalization / archive_attempts;
}

caf::typed_response_promise<content_archived>
archival_state::begin(const archive_content& what) {
  what_ = what;
  promise_ = self_->make_response_promise<content_archived>();
  logs_are_due_ = what.with_logs;
  attempt();
  return promise_;
}

/// A log is good to have; what it tells of is what must not be lost.
void archival_state::store_task_logs() {
  ++log_attempts_;
  auto go_on = [this] {
    logs_are_due_ = false;
    attempt();
  };
  self_
    ->request(deps_.disk(), removal_limit,
              store_logs{what_.id, deps_.live(what_.id.instance)})
    .then([go_on](const done&) { go_on(); },
          [this, go_on](const caf::error& err) {
            log_warning("logs-not-stored", what_.id.instance, describe(err));
            if (log_attempts_ >= log_attempts)
              return go_on();
            auto pause = archive_pause * (1U << (log_attempts_ - 1));
            self_->delayed_send(self_, pause, next_attempt{});
          });
}

void archival_state::attempt() {
  if (logs_are_due_)
    return store_task_logs();
  ++attempts_;
  auto live = deps_.live(what_.id.instance).native();
  self_
    ->request(deps_.disk(), disk_limit, stage_archive{live, staged_name(what_)})
    .then(
      [this](const staged_archive& staged) {
        staged_ = staged.object;
        write_archive();
      },
      [this](const caf::error& err) { failed(err); });
}

void archival_state::write_archive() {
  auto job = archive_job{source_inside, archive_fd, std::nullopt};
  if (!what_.checkout_location.empty())
    job.checkout_location = what_.checkout_location;
  auto run = run_job{};
  run.job = std::move(job);
  run.range = deps_.range(what_.id.slot);
  run.directories = {{deps_.live(what_.id.instance), source_inside}};
  run.fds = {{end_of(staged_, staged_->writer), archive_fd}};
  run.deadline = attempt_limit();
  self_->request(deps_.job(), run.deadline + disk_limit, run)
    .then([this](const job_ended& end) { written(end.outcome); },
          [this](const caf::error& err) { failed(err); });
}

void archival_state::written(const worker_outcome& outcome) {
  auto* said = std::get_if<archive_outcome>(&outcome);
  if (!said)
    return failed(make_error(ec::internal, "the worker did another job"));
  archive_ = *said;
  check_archive();
}

/// A worker that has seen nothing but the archive reads it to its end.
void archival_state::check_archive() {
  auto run = run_job{};
  run.job = verify_job{{archive_fd, archive_.bytes, archive_.sha256}};
  run.range = deps_.range(what_.id.slot);
  run.fds = {{end_of(staged_, staged_->reader), archive_fd}};
  run.deadline = attempt_limit();
  self_->request(deps_.job(), run.deadline + disk_limit, run)
    .then([this](const job_ended& end) { checked(end.outcome); },
          [this](const caf::error& err) { failed(err); });
}

void archival_state::checked(const worker_outcome& outcome) {
  auto* said = std::get_if<verify_outcome>(&outcome);
  if (!said)
    return failed(make_error(ec::internal, "the worker did another job"));
  if (said->entries != archive_.entries)
    return failed(make_error(ec::data_loss, "an archive lacks entries"));
  publish();
}

void archival_state::publish() {
  auto info = object_info{};
  info.bytes = archive_.bytes;
  info.sha256 = archive_.sha256;
  info.entries = archive_.entries;
  info.created_ns = what_.created_ns;
  self_
    ->request(deps_.disk(),
              std::max(attempt_limit(), nanoseconds{removal_limit}),
              publish_archive{what_.id, what_.purpose, staged_, info})
    .then(
      [this](const published_archive& published) {
        finish(content_archived{published.qualified_name, archive_.bytes,
                                archive_.sha256, archive_.repo});
      },
      [this](const caf::error& err) { failed(err); });
}

void archival_state::failed(const caf::error& why) {
  log_warning("archive-failed", what_.id.instance, describe(why));
  if (auto staged = std::exchange(staged_, nullptr))
    caf::anon_send(deps_.disk(), drop_archive{staged});
  if (attempts_ >= archive_attempts || !is_passing(why))
    return finish(why);
  auto pause = archive_pause * (1U << (attempts_ - 1));
  self_->delayed_send(self_, pause, next_attempt{});
}

void archival_state::finish(result<content_archived> outcome) {
  if (outcome)
    promise_.deliver(std::move(*outcome));
  else
    promise_.deliver(std::move(outcome.error()));
  self_->quit();
}

archival_actor::behavior_type
archival(archival_actor::stateful_pointer<archival_state> self,
         content_deps deps) {
  self->state.take_charge(self, std::move(deps));
  return {
    [self](const archive_content& what) { return self->state.begin(what); },
    [self](next_attempt) { self->state.attempt(); },
  };
}

} // namespace berth
