#include "actors/ask.hpp"
#include "actors/sessions/content_session.hpp"
#include "core/log.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

/// Beyond what the content family takes to remove a tree and what waits for it.
constexpr auto around_removal = 40min;

} // namespace

caf::error
content_session_state::disposal_refusal(const dispose_session& request) const {
  if (is_gone_)
    return make_error(ec::not_found,
                      "content session " + record_->id + " does not exist");
  if (!request.backup || record_->phase == session_phase::disposed)
    return {};
  if (record_->remote_storage_disabled)
    return make_error(ec::failed_precondition, "content session " + record_->id
                                                 + " has no remote storage");
  auto may_become_ready
    = record_->phase == session_phase::initializing && !is_undone_;
  if (!record_->content_ready && !may_become_ready)
    return make_error(ec::failed_precondition,
                      "there is no content to back up");
  return {};
}

void content_session_state::dispose(const dispose_session& request) {
  if (!is_disposing_)
    if (auto why = disposal_refusal(request))
      return request.to.refuse(why);
  auto waits_for_start
    = is_disposing_ && record_->phase == session_phase::initializing;
  if (waits_for_start && disposal_.backup && !request.backup) {
    // Who wants no backup need not wait for what could be backed up.
    answer_disposals(make_error(
      ec::failed_precondition,
      "there is no content to back up: disposed of while it was initialized"));
    is_disposing_ = false;
  }
  awaiting_disposal_.push_back(request.to);
  if (is_disposing_ || is_undone_)
    return; // its outcome is theirs
  is_disposing_ = true;
  disposal_ = {request.id, request.backup, request.backup_logs, {}};
  switch (record_->phase) {
    case session_phase::initializing:
      if (!request.backup)
        self_->send(deps_.content, cancel_content{record_->id});
      return;
    case session_phase::ready:
    case session_phase::disposing: return begin_disposal();
    case session_phase::disposed: return remove();
  }
}

void content_session_state::begin_disposal() {
  began_ = self_->clock().now();
  answer_waiting(make_error(ec::failed_precondition, phase_text()));
  change(
    [this](session_record& record) {
      record.phase = session_phase::disposing;
      record.backup = disposal_.backup;
      record.backup_logs = disposal_.backup_logs;
    },
    [this] { save(); },
    [this](const caf::error& err) { disposal_failed(err); });
}

void content_session_state::save() {
  if (!record_->content_ready)
    return saved(std::nullopt);
  if (record_->backup) {
    auto job = archive_content{whose(), archive_purpose::final_backup,
                               record_->checkout_location};
    job.with_logs = record_->backup_logs;
    ask_actor(self_, deps_.content, copy_limit(), std::move(job))
      .then([this](const content_archived& it) { saved(it.repo); },
            [this](const caf::error& err) {
              disposal_failed(
                make_error(ec::data_loss, "backup failed: " + describe(err)));
            });
    return;
  }
  auto job
    = survey_content{whose(), record_->checkout_location,
                     record_->backup_logs && !record_->remote_storage_disabled};
  ask_actor(self_, deps_.content, copy_limit(), std::move(job))
    .then([this](const content_surveyed& it) { saved(it.repo); },
          [this](const caf::error& err) {
            log_warning("session-not-surveyed", record_->id, describe(err));
            saved(std::nullopt);
          });
}

/// From here on nobody needs the content any more, on record.
void content_session_state::saved(const std::optional<git_status>& repo) {
  change(
    [&](session_record& record) {
      record.phase = session_phase::disposed;
      record.repo = repo;
    },
    [this] { remove(); },
    [this](const caf::error& err) { disposal_failed(err); });
}

void content_session_state::remove() {
  auto failed = [this](const caf::error& err) { disposal_failed(err); };
  ask_actor(self_, deps_.content, around_removal, discard_content{record_->id})
    .then(
      [this, failed](const done&) {
        forget(
          [this] {
            log_info("session-disposed", record_->id,
                     record_->backup ? "backed up" : "without a backup");
            deps_.metrics->finalized("session", "",
                                     self_->clock().now() - began_);
            gone([] {});
          },
          failed);
      },
      failed);
}

/// What is there stays, for another try.
void content_session_state::disposal_failed(const caf::error& why) {
  log_error("session-not-disposed", record_->id, describe(why));
  is_disposing_ = false;
  auto code = code_of(why) == ec::data_loss ? ec::data_loss : ec::internal;
  answer_disposals(make_error(code, describe(why)));
}

/// Whoever hears of it may begin a session of that id at once: they hear of it
/// when its name is free.
void content_session_state::gone(continuation last_words) {
  is_gone_ = true;
  is_disposing_ = false;
  last_words_ = std::move(last_words);
  self_->send(listener_, session_gone{record_->id});
}

void content_session_state::take_leave() {
  if (last_words_)
    last_words_();
  answer_disposals(session_disposed{record_->repo});
  self_->quit();
}

void content_session_state::answer_disposals(
  const result<session_disposed>& outcome) {
  for (auto& to : std::exchange(awaiting_disposal_, {}))
    to.settle(outcome);
}

} // namespace berth
