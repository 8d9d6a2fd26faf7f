#include "actors/sessions/content_session.hpp"

#include "actors/ask.hpp"
#include "core/log.hpp"
#include "core/objects/object_names.hpp"

#include <algorithm>

namespace berth {

using namespace std::chrono_literals;

namespace {

/// The content family ends everything in time; this is beyond that.
constexpr auto around_initialization = 40min;

/// What the caller of a failed start hears: only a snapshot that is not there
/// is the caller's own mistake.
caf::error start_failure(const caf::error& why) {
  auto text = describe(why);
  if (code_of(why) == ec::not_found && text.starts_with("cannot find snapshot"))
    return make_error(ec::not_found, text);
  return make_error(ec::internal, "content initialization failed: " + text);
}

} // namespace

void content_session_state::take_charge(content_session_actor::pointer self,
                                        session_deps deps,
                                        session_listener_actor listener,
                                        session_ptr record, uint32_t slot) {
  self_ = self;
  deps_ = std::move(deps);
  listener_ = std::move(listener);
  record_ = std::move(record);
  slot_ = slot;
}

content_id content_session_state::whose() const {
  return {record_->id, record_->owner, record_->meta_id, slot_};
}

/// Copies wait for others of their session and of the node.
duration content_session_state::copy_limit() const {
  return 4 * deps_.settings->timeouts.content_finalization + 2h;
}

std::string content_session_state::phase_text() const {
  return "content session " + record_->id + " is "
         + (is_disposing_ ? "disposing" : to_string(record_->phase));
}

template <class Message>
void content_session_state::store(Message what, continuation then,
                                  failure otherwise) {
  ask_actor(self_, deps_.store, 1min, std::move(what))
    .then(
      [this, then = std::move(then), otherwise](const stored&) {
        ask_actor(self_, deps_.store, 1min, make_durable{})
          .then([then](const durable&) { then(); }, otherwise);
      },
      otherwise);
}

void content_session_state::change(const edit& how, continuation then,
                                   failure otherwise) {
  auto next = std::make_shared<session_record>(*record_);
  how(*next);
  store(
    put_session{next},
    [this, next, then = std::move(then)] {
      record_ = next;
      self_->send(listener_, session_changed{next});
      then();
    },
    std::move(otherwise));
}

void content_session_state::forget(continuation then, failure otherwise) {
  store(drop_session{record_->id}, std::move(then), std::move(otherwise));
}

// -- beginning ---------------------------------------------------------------

void content_session_state::begin(const init_session& request) {
  init_to_ = request.to;
  began_ = self_->clock().now();
  change([this](session_record& record) { record.created_at = deps_.now(); },
         [this, what = request.fill] { fill(what); },
         [this](const caf::error& err) {
           start_undone(make_error(ec::internal, "the session was not stored: "
                                                   + describe(err)));
         });
}

void content_session_state::fill(initialize_content what) {
  if (is_disposing_ && !disposal_.backup)
    return not_filled(make_error(ec::cancelled, "cancelled"));
  what.id = whose();
  what.no_storage = record_->remote_storage_disabled;
  auto limit = deps_.settings->timeouts.initialization + around_initialization;
  ask_actor(self_, deps_.content, limit, std::move(what))
    .then(
      [this](const content_initialized&) {
        change(
          [](session_record& record) {
            record.phase = session_phase::ready;
            record.content_ready = true;
          },
          [this] { became_ready(); },
          [this](const caf::error& err) { not_filled(err); });
      },
      [this](const caf::error& err) { not_filled(err); });
}

void content_session_state::became_ready() {
  if (is_disposing_ && !disposal_.backup)
    return not_filled(make_error(ec::cancelled, "cancelled too late"));
  log_info("session-ready", record_->id, "");
  deps_.metrics->initialized("session", "", self_->clock().now() - began_);
  if (auto to = std::exchange(init_to_, std::nullopt))
    to->give(done{});
  answer_waiting(done{});
  if (is_disposing_)
    return begin_disposal();
  arm_storage_look();
}

void content_session_state::not_filled(const caf::error& why) {
  if (!is_disposing_ || disposal_.backup)
    return undo_start(start_failure(why));
  if (auto to = std::exchange(init_to_, std::nullopt))
    to->refuse(ec::aborted, "disposed of while it was being initialized");
  begin_disposal();
}

/// Leaves nothing, so that the caller can begin again.
void content_session_state::undo_start(const caf::error& why) {
  log_warning("session-not-begun", record_->id, describe(why));
  is_undone_ = true;
  is_disposing_ = false;
  answer_disposals(
    make_error(ec::failed_precondition,
               "there is no content to back up: " + describe(why)));
  auto go_on = [this, why] {
    forget([this, why] { start_undone(why); },
           [this, why](const caf::error& err) {
             // A restart finds it, and takes it back then.
             log_error("session-not-forgotten", record_->id, describe(err));
             start_undone(why);
           });
  };
  ask_actor(self_, deps_.content, around_initialization,
            discard_content{record_->id})
    .then([go_on](const done&) { go_on(); },
          [this, go_on](const caf::error& err) {
            log_error("session-not-cleared", record_->id, describe(err));
            go_on();
          });
}

void content_session_state::start_undone(const caf::error& why) {
  gone([this, why] {
    if (auto to = std::exchange(init_to_, std::nullopt))
      to->refuse(why);
    auto code = code_of(why) == ec::failed_precondition
                  ? ec::failed_precondition
                  : ec::internal;
    answer_waiting(make_error(code, describe(why)));
  });
}

void content_session_state::resume() {
  began_ = self_->clock().now();
  switch (record_->phase) {
    case session_phase::initializing:
      return undo_start(make_error(ec::failed_precondition,
                                   "a restart of the node cut its "
                                   "initialization off; begin again"));
    case session_phase::ready: return arm_storage_look();
    case session_phase::disposing: is_disposing_ = true; return save();
    case session_phase::disposed: is_disposing_ = true; return remove();
  }
}

void content_session_state::await(const await_session& request) {
  if (is_gone_)
    return request.to.refuse(ec::not_found, "content session " + request.id
                                              + " does not exist");
  auto is_leaving = record_->phase >= session_phase::disposing
                    || (is_disposing_ && !disposal_.backup);
  if (is_leaving)
    return request.to.refuse(ec::failed_precondition, phase_text());
  if (record_->phase == session_phase::ready)
    return request.to.give(done{});
  // Of those that went away nothing is left but an empty answer, and of these
  // no more than of the others.
  if (waiting_.size() >= prune_at_) {
    std::erase_if(waiting_, [](const auto& to) { return to.is_settled(); });
    prune_at_ = std::max<size_t>(64, 2 * waiting_.size());
  }
  waiting_.push_back(request.to);
}

void content_session_state::answer_waiting(const result<done>& outcome) {
  for (auto& to : std::exchange(waiting_, {}))
    to.settle(outcome);
}

// -- copies ------------------------------------------------------------------

caf::error content_session_state::copy_refusal() const {
  if (is_gone_)
    return make_error(ec::not_found,
                      "content session " + record_->id + " does not exist");
  if (record_->phase == session_phase::initializing || is_disposing_)
    return make_error(ec::failed_precondition, phase_text());
  if (record_->remote_storage_disabled)
    return make_error(ec::failed_precondition, "content session " + record_->id
                                                 + " has no remote storage");
  return {};
}

void content_session_state::snapshot(const snapshot_session& request) {
  if (auto why = copy_refusal())
    return request.to.refuse(why);
  if (record_->phase != session_phase::ready)
    return request.to.refuse(ec::failed_precondition, phase_text());
  auto job = archive_content{whose(), archive_purpose::snapshot, ""};
  if (request.return_immediately)
    job.on_secured = [to = request.to](const std::string& name) {
      to.give(snapshot_taken{name});
    };
  ask_actor(self_, deps_.content, copy_limit(), std::move(job))
    .then(
      [to = request.to](const content_archived& it) {
        to.give(snapshot_taken{it.qualified_name});
      },
      [to = request.to](const caf::error& err) {
        to.refuse(ec::internal, "snapshot failed: " + describe(err));
      });
}

void content_session_state::back_up(const backup_session& request) {
  if (auto why = copy_refusal())
    return request.to.refuse(why);
  if (!record_->content_ready || record_->phase == session_phase::disposed)
    return request.to.refuse(ec::failed_precondition, phase_text());
  auto job = archive_content{whose(), archive_purpose::backup, ""};
  ask_actor(self_, deps_.content, copy_limit(), std::move(job))
    .then(
      [to = request.to](const content_archived& it) {
        to.give(backup_taken{it.qualified_name});
      },
      [this, to = request.to](const caf::error& err) {
        log_error("backup-on-request-failed", record_->id, describe(err));
        to.refuse(ec::data_loss, "backup failed: " + describe(err));
      });
}

content_session_actor::behavior_type content_session(
  content_session_actor::stateful_pointer<content_session_state> self,
  session_deps deps, session_listener_actor listener, session_ptr record,
  uint32_t slot) {
  auto& it = self->state;
  it.take_charge(self, std::move(deps), std::move(listener), std::move(record),
                 slot);
  return {
    [&it](const init_session& request) { it.begin(request); },
    [&it](const await_session& request) { it.await(request); },
    [&it](const snapshot_session& request) { it.snapshot(request); },
    [&it](const backup_session& request) { it.back_up(request); },
    [&it](const dispose_session& request) { it.dispose(request); },
    [&it](resume_session) { it.resume(); },
    [&it](dismiss_session) { it.take_leave(); },
    [&it](session_storage_look) { it.look_at_storage(); },
  };
}

} // namespace berth
