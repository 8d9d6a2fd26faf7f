#include "actors/sessions/content_sessions.hpp"

#include "actors/ask.hpp"
#include "actors/sessions/content_wait.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

namespace {

template <class T>
void refuse_unknown(const std::string& id, const answer<T>& to) {
  to.refuse(ec::not_found, "content session " + id + " does not exist");
}

template <class Request>
auto if_open(content_sessions_state& it,
             void (content_sessions_state::*go)(const Request&)) {
  return [&it, go](const Request& request) {
    if (it.is_open(request))
      (it.*go)(request);
  };
}

} // namespace

void content_sessions_state::open(session_registry_actor::pointer self,
                                  sessions_deps deps,
                                  const std::vector<session_ptr>& stored) {
  self_ = self;
  deps_ = std::move(deps);
  slots_ = session_slots(*deps_.session.settings);
  self_->set_exit_handler([this](const caf::exit_msg& exit) { rescue(exit); });
  for (const auto& record : stored)
    resume(record);
  count();
  ask_manager();
}

void content_sessions_state::ask_manager() {
  auto me = session_registry_actor{self_};
  auto nobodys = metadata_filter{"-", "-", {}};
  self_->send(
    deps_.manager,
    get_workspaces{nobodys, answer<std::vector<record_ptr>>{
                              [me](const result<std::vector<record_ptr>>& it) {
                                tell_actor(me, recovery_told{!!it});
                              }}});
}

void content_sessions_state::learn(recovery_told told) {
  is_open_ = told.is_over;
  if (!is_open_)
    self_->delayed_send(self_, std::chrono::milliseconds{50},
                        ask_for_recovery{});
}

void content_sessions_state::resume(const session_ptr& record) {
  auto slot = slots_.take();
  if (!slot)
    // The pool was made smaller. What is there must not be lost for that.
    return log_error("session-not-resumed", record->id,
                     "no id range is free for it; see runtime.uid_pool");
  auto& entry = entries_[record->id];
  entry.record = record;
  entry.slot = *slot;
  entry.is_remains = record->phase == session_phase::initializing
                     || record->phase == session_phase::disposed;
  entry.actor = spawn_session(record, *slot);
  self_->send(entry.actor, resume_session{});
}

content_session_actor content_sessions_state::spawn_session(session_ptr record,
                                                            uint32_t slot) {
  return self_->spawn<caf::linked>(content_session, deps_.session,
                                   session_listener_actor{self_},
                                   std::move(record), slot);
}

/// Nothing begins on a full disk.
void content_sessions_state::init(const init_session& request) {
  if (entries_.contains(request.session.id))
    return take_in(request);
  ask_actor(self_, deps_.disk, std::chrono::minutes{3}, admit_content{})
    .then([this, request](const done&) { take_in(request); },
          [request](const caf::error& err) { request.to.refuse(err); });
}

void content_sessions_state::take_in(const init_session& request) {
  const auto& id = request.session.id;
  if (auto known = entries_.find(id); known != entries_.end()) {
    if (known->second.is_remains)
      return known->second.successors.push_back(request);
    return request.to.refuse(ec::already_exists,
                             "content session " + id + " already exists");
  }
  if (!deps_.ids->claim(id, instance_ids::user::session))
    return request.to.refuse(ec::already_exists,
                             "the id " + id + " is in use on this node");
  auto slot = slots_.take();
  if (!slot) {
    deps_.ids->release(id);
    return request.to.refuse(
      ec::exhausted, "no id range is free for another session: there are "
                       + std::to_string(entries_.size())
                       + ", see runtime.uid_pool");
  }
  warn_of_others(request.session);
  auto& entry = entries_[id];
  entry.slot = *slot;
  entry.actor = spawn_session(
    std::make_shared<const session_record>(request.session), *slot);
  self_->send(entry.actor, request);
  count();
}

/// The backup of the one that ends last is the newest, whatever the other did.
void content_sessions_state::warn_of_others(const session_record& fresh) const {
  for (const auto& [id, each] : entries_)
    if (each.record && each.record->owner == fresh.owner
        && each.record->meta_id == fresh.meta_id)
      log_warning("meta-id-shared", fresh.id,
                  fresh.meta_id + " is that of session " + id + ", too");
}

void content_sessions_state::count() const {
  if (!deps_.gauges)
    return;
  auto disposing = std::ranges::count_if(entries_, [](const auto& each) {
    const auto& record = each.second.record;
    return record && record->phase == session_phase::disposing;
  });
  deps_.gauges->sessions(entries_.size(), static_cast<size_t>(disposing));
}

record_ptr content_sessions_state::workspace_of(const std::string& id) const {
  auto record = deps_.published->find(id);
  return record && record->phase != phase::stopped ? record : nullptr;
}

void content_sessions_state::await(const await_session& request) {
  if (pass_on(request))
    return;
  auto record = workspace_of(request.id);
  if (!record)
    return refuse_unknown(request.id, request.to);
  auto whose = metadata_filter{record->spec.owner, record->spec.meta_id, {}};
  self_->send(deps_.bus,
              subscribe{whose, std::make_shared<content_wait>(request)});
}

void content_sessions_state::find(const find_session& request) {
  request.to.give(
    session_found{entries_.contains(request.id) || workspace_of(request.id)});
}

void content_sessions_state::snapshot(const snapshot_session& request) {
  if (pass_on(request))
    return;
  if (!workspace_of(request.id))
    return refuse_unknown(request.id, request.to);
  self_->send(
    deps_.manager,
    take_snapshot{request.id, request.return_immediately, request.to});
}

void content_sessions_state::back_up(const backup_session& request) {
  if (pass_on(request))
    return;
  if (!workspace_of(request.id))
    return refuse_unknown(request.id, request.to);
  self_->send(deps_.manager, backup_workspace{request.id, request.to});
}

void content_sessions_state::dispose(const dispose_session& request) {
  if (pass_on(request))
    return;
  if (!workspace_of(request.id))
    return refuse_unknown(request.id, request.to);
  request.to.refuse(ec::failed_precondition,
                    request.id
                      + " is a workspace of this node: stop it with "
                        "wsman.WorkspaceManager/StopWorkspace");
}

void content_sessions_state::changed(const session_changed& news) {
  auto found = entries_.find(news.session->id);
  if (found != entries_.end())
    found->second.record = news.session;
  count();
}

void content_sessions_state::drop(const std::string& id) {
  auto found = entries_.find(id);
  if (found == entries_.end())
    return;
  self_->send(found->second.actor, dismiss_session{});
  slots_.give_back(found->second.slot);
  deps_.ids->release(id);
  auto successors = std::move(found->second.successors);
  entries_.erase(found);
  count();
  for (const auto& request : successors)
    take_in(request);
}

void content_sessions_state::rescue(const caf::exit_msg& exit) {
  if (!exit.reason || exit.reason == caf::exit_reason::normal)
    return;
  for (auto& [id, entry] : entries_) {
    if (entry.actor != exit.source)
      continue;
    log_error("session-actor-died", id, caf::to_string(exit.reason));
    if (!entry.record)
      return drop(std::string{id});
    entry.actor = spawn_session(entry.record, entry.slot);
    return self_->send(entry.actor, resume_session{});
  }
  // Not one of ours: the house is being left.
  self_->quit(exit.reason);
}

session_registry_actor::behavior_type content_sessions(
  session_registry_actor::stateful_pointer<content_sessions_state> self,
  sessions_deps deps, std::vector<session_ptr> stored) {
  auto& it = self->state;
  it.open(self, std::move(deps), stored);
  return {
    if_open(it, &content_sessions_state::init),
    if_open(it, &content_sessions_state::await),
    if_open(it, &content_sessions_state::find),
    if_open(it, &content_sessions_state::snapshot),
    if_open(it, &content_sessions_state::back_up),
    if_open(it, &content_sessions_state::dispose),
    [&it](const session_changed& news) { it.changed(news); },
    [&it](const session_gone& news) { it.drop(news.id); },
    [&it](recovery_told told) { it.learn(told); },
    [&it](ask_for_recovery) { it.ask_manager(); },
  };
}

} // namespace berth
