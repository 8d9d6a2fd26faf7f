#include "actors/ask.hpp"
#include "actors/workspace/workspace.hpp"
#include "core/log.hpp"

namespace berth {

namespace {

template <class Saved>
void answer_all(std::vector<answer<Saved>>& waiting,
                const result<Saved>& outcome) {
  for (auto& to : std::exchange(waiting, {}))
    to.settle(outcome);
}

} // namespace

void workspace_state::snapshot(const take_snapshot& request) {
  if (record_->phase != phase::running)
    return request.to.refuse(ec::failed_precondition,
                             "workspace is " + to_string(record_->phase)
                               + ", not running");
  if (!record_->conditions.content_ready)
    return request.to.refuse(ec::failed_precondition,
                             "workspace has no content");
  if (request.return_immediately && !snapshot_name_.empty())
    return request.to.give(snapshot_taken{snapshot_name_});
  auto& waiting
    = request.return_immediately ? awaiting_name_ : awaiting_snapshot_;
  waiting.push_back(request.to);
  if (!std::exchange(is_taking_snapshot_, true))
    begin_snapshot();
}

void workspace_state::begin_snapshot() {
  auto job = archive_content{whose(), archive_purpose::snapshot, ""};
  job.container = record_->container_id();
  job.on_secured = [me = workspace_actor{self_}](const std::string& name) {
    tell_actor(me, snapshot_secured{name});
  };
  ask_actor(self_, deps_.content, deps_.settings->timeouts.content_finalization,
            std::move(job))
    .then([this](const content_archived& it) { answer_snapshots(it); },
          [this](const caf::error& err) { answer_snapshots(err); });
}

void workspace_state::answer_snapshots(
  const result<content_archived>& outcome) {
  snapshot_name_.clear();
  is_taking_snapshot_ = false;
  auto reply = result<snapshot_taken>{
    make_error(ec::internal,
               outcome ? "" : "snapshot failed: " + describe(outcome.error()))};
  if (outcome)
    reply = snapshot_taken{outcome->qualified_name};
  answer_all(awaiting_name_, reply);
  answer_all(awaiting_snapshot_, reply);
}

/// Who does not wait for the storage gets the name now: what it stands for is
/// on this machine's disk.
void workspace_state::give_snapshot_name(const snapshot_secured& it) {
  if (!is_taking_snapshot_)
    return;
  snapshot_name_ = it.name;
  answer_all<snapshot_taken>(awaiting_name_, snapshot_taken{it.name});
}

caf::error workspace_state::backup_refusal() const {
  auto is_up
    = record_->phase == phase::running || record_->phase == phase::interrupted;
  auto is_unsaved = record_->phase == phase::stopping
                    && stop_at_ <= stop_step::back_up && record_->owes_backup();
  if (is_up ? record_->conditions.content_ready : is_unsaved)
    return {};
  return make_error(ec::failed_precondition,
                    "workspace is " + to_string(record_->phase)
                      + " and has no content to back up");
}

void workspace_state::back_up_now(const backup_workspace& request) {
  if (auto why = backup_refusal())
    return request.to.refuse(why);
  awaiting_backup_.push_back(request.to);
  if (awaiting_backup_.size() > 1)
    return;
  auto job = archive_content{whose(), archive_purpose::backup, ""};
  if (record_->phase == phase::running)
    job.container = record_->container_id();
  ask_actor(self_, deps_.content, deps_.settings->timeouts.content_finalization,
            std::move(job))
    .then([this](const content_archived& it) { answer_backups(it); },
          [this](const caf::error& err) { answer_backups(err); });
}

void workspace_state::answer_backups(const result<content_archived>& outcome) {
  if (outcome)
    return answer_all<backup_taken>(awaiting_backup_,
                                    backup_taken{outcome->qualified_name});
  auto why = describe(outcome.error());
  log_error("backup-on-request-failed", record_->spec.id, why);
  answer_all<backup_taken>(awaiting_backup_,
                           make_error(ec::data_loss, "backup failed: " + why));
}

/// Only what people work in: a prebuild or a build leaves its result at its
/// end.
void workspace_state::arm_backup() {
  auto period = deps_.settings->content.backup_period;
  if (period > duration::zero()
      && record_->spec.type == workspace_type::regular)
    self_->delayed_send(self_, period, backup_due{});
}

void workspace_state::back_up_regularly() {
  if (record_->phase != phase::running)
    return;
  if (awaiting_backup_.empty())
    back_up_now({record_->spec.id,
                 answer<backup_taken>{[](const result<backup_taken>&) {}}});
  arm_backup();
}

} // namespace berth
