#include "actors/workspace/workspace.hpp"
#include "core/log.hpp"
#include "core/objects/object_names.hpp"

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
  if (snapshot_name_.empty())
    begin_snapshot();
  if (request.return_immediately)
    request.to.give(snapshot_taken{snapshot_name_});
  else
    awaiting_snapshot_.push_back(request.to);
}

void workspace_state::begin_snapshot() {
  const auto& spec = record_->spec;
  auto job = archive_content{whose(), archive_purpose::snapshot, ""};
  job.created_ns = now().time_since_epoch().count();
  snapshot_name_ = bucket_scheme{deps_.settings->storage.bucket}.qualified(
    {{spec.owner, spec.meta_id}, snapshot_file(job.created_ns)});
  self_
    ->request(deps_.content, deps_.settings->timeouts.content_finalization,
              std::move(job))
    .then([this](const content_archived& it) { answer_snapshots(it); },
          [this](const caf::error& err) { answer_snapshots(err); });
}

void workspace_state::answer_snapshots(
  const result<content_archived>& outcome) {
  auto name = std::exchange(snapshot_name_, {});
  if (outcome)
    return answer_all<snapshot_taken>(awaiting_snapshot_,
                                      snapshot_taken{outcome->qualified_name});
  auto why = describe(outcome.error());
  // Those who did not wait hear of it nowhere else.
  log_error("snapshot-failed", record_->spec.id, name + ": " + why);
  answer_all<snapshot_taken>(
    awaiting_snapshot_, make_error(ec::internal, "snapshot failed: " + why));
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
  auto job = archive_content{whose(), archive_purpose::final_backup, ""};
  self_
    ->request(deps_.content, deps_.settings->timeouts.content_finalization,
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

} // namespace berth
