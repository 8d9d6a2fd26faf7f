#include "actors/content/content.hpp"
#include "core/log.hpp"
#include "model/ids.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace berth {

namespace {

bool is_of_same_workspace(const archive_record& a, const archive_record& b) {
  return a.owner == b.owner && a.meta_id == b.meta_id;
}

/// A workspace that has ended, and what is in the quarantine, stay as they are.
bool is_of_what_changes(const archive_content& what) {
  return !is_final(what.purpose) && what.directory.empty();
}

} // namespace

archive_record content_state::record_of(const archive_content& what) {
  // One moment has one archive, whatever the clock says.
  last_created_ns_ = std::max(deps_.now_ns(), last_created_ns_ + 1);
  auto record = archive_record{};
  record.instance = what.id.instance;
  record.owner = what.id.owner;
  record.meta_id = what.id.meta_id;
  record.slot = what.id.slot;
  record.container = what.container;
  record.purpose = what.purpose;
  record.created_ns = last_created_ns_;
  record.checkout_location = what.checkout_location;
  record.with_logs = what.with_logs;
  record.directory = what.directory;
  record.id = record.instance + "." + to_string(record.purpose) + "-"
              + std::to_string(record.created_ns);
  return record;
}

/// One that will be of no earlier moment than the request.
content_state::archiving_ptr
content_state::find_to_join(const archive_content& what) const {
  for (const auto& [id, one] : archives_)
    if (one->record.instance == what.id.instance
        && one->record.purpose == what.purpose
        && one->record.directory == what.directory
        && (!is_of_what_changes(what) || !one->is_begun))
      return one;
  return nullptr;
}

caf::typed_response_promise<content_archived>
content_state::archive(const archive_content& what) {
  auto promise = self_->make_response_promise<content_archived>();
  if (!is_valid_id(what.id.instance))
    return promise.deliver(
      make_error(ec::invalid_argument, "instance id not valid"));
  // Those of its workspace come first, even before the sweep; but not one that
  // freezes a container: the sweep of the runtime thaws all.
  go_on_with_archives([&](const archive_record& record) {
    return record.owner == what.id.owner && record.meta_id == what.id.meta_id
           && (record.container.empty() || is_final(record.purpose));
  });
  auto one = find_to_join(what);
  if (!one) {
    one = std::make_shared<archiving>();
    one->record = record_of(what);
    archives_[one->record.id] = one;
    enqueue_archive(one);
  }
  one->waiting.push_back(promise);
  if (what.on_secured && one->is_secured)
    what.on_secured(qualified_name_of(one->record, deps_.scheme()));
  else if (what.on_secured)
    one->on_secured.push_back(what.on_secured);
  if (what.on_waiting)
    one->on_waiting.push_back(what.on_waiting);
  return promise;
}

/// Takes up what an earlier berthd began.
void content_state::go_on_with_archives(
  const std::function<bool(const archive_record&)>& which) {
  for (auto& record : std::exchange(begun_, {})) {
    if (!which(record)) {
      begun_.push_back(std::move(record));
      continue;
    }
    log_info("archive-resumed", record.instance,
             record.id + ", " + to_string(record.phase));
    deps_.counts->resumed(to_string(record.purpose));
    last_created_ns_ = std::max(last_created_ns_, record.created_ns);
    auto one = std::make_shared<archiving>();
    one->is_resumed = true;
    one->is_secured = record.phase >= archive_phase::viewed;
    one->is_begun = one->is_secured;
    one->record = std::move(record);
    archives_[one->record.id] = one;
    auto needs_content
      = !one->is_secured || one->record.purpose != archive_purpose::snapshot;
    if (needs_content)
      enqueue_archive(one);
    else
      run_archive(one);
  }
}

void content_state::enqueue_archive(const archiving_ptr& one) {
  enqueue(one->record.instance, [this, one] {
    one->is_in_queue = true;
    run_archive(one);
  });
}

/// Backups of one workspace are made one after the other, whichever instance
/// they are of: an older one never takes the place of a newer one.
bool content_state::may_run(const archiving& one) const {
  auto running = size_t{0};
  for (const auto& [id, other] : archives_) {
    running += other->is_counted ? 1 : 0;
    if (other->actor && !is_snapshot(one.record.purpose)
        && !is_snapshot(other->record.purpose)
        && is_of_same_workspace(other->record, one.record))
      return false;
  }
  return running < concurrent_archives;
}

void content_state::run_archive(const archiving_ptr& one) {
  if (!one->since)
    one->since = self_->clock().now();
  if (!may_run(*one)) {
    waiting_archives_.push_back(one);
    return;
  }
  one->is_counted = true;
  deps_.metrics->archive_waited(self_->clock().now() - *one->since);
  one->actor = self_->spawn<caf::linked>(
    snapshot, deps_, archive_keeper_actor{self_}, one->record, one->is_resumed);
}

void content_state::run_waiting_archives() {
  for (auto& one : std::exchange(waiting_archives_, {}))
    run_archive(one);
}

void content_state::leave_queue(archiving& one) {
  if (std::exchange(one.is_in_queue, false))
    ended(one.record.instance);
}

void content_state::archive_moved(const archive_told& what) {
  auto found = archives_.find(what.id);
  if (found == archives_.end())
    return;
  auto one = found->second;
  switch (what.news) {
    case archive_news::reading: one->is_begun = true; return;
    case archive_news::secured:
      one->is_secured = true;
      for (auto& tell : std::exchange(one->on_secured, {}))
        tell(qualified_name_of(one->record, deps_.scheme()));
      return;
    case archive_news::off_content: return leave_queue(*one);
    case archive_news::stalled:
      one->is_counted = false;
      return run_waiting_archives();
    case archive_news::waiting:
      for (const auto& tell : one->on_waiting)
        tell(what.why);
      return;
  }
}

void content_state::archive_over(const std::string& id,
                                 const result<content_archived>& outcome) {
  auto node = archives_.extract(id);
  if (node.empty())
    return;
  auto one = node.mapped();
  if (outcome)
    log_info("content-archived", one->record.instance,
             outcome->qualified_name
               + (outcome->consistent ? "" : ", while it changed"));
  for (auto& promise : one->waiting)
    if (outcome)
      promise.deliver(*outcome);
    else
      promise.deliver(outcome.error());
  leave_queue(*one);
  run_waiting_archives();
}

/// Who copies a content has it frozen. Urgent, as the end of the runtime is.
void content_state::thaw_writers_of(const archiving& one) {
  if (one.actor && !one.is_secured && !one.record.container.empty())
    caf::anon_send<caf::message_priority::high>(deps_.runtime,
                                                thaw{one.record.container});
}

void content_state::hear_exit(const caf::exit_msg& exit) {
  for (const auto& [id, one] : archives_) {
    if (!one->actor || one->actor.address() != exit.source)
      continue;
    // It failed in itself. Its record stays, for the next berthd.
    log_error("archive-actor-died", id, caf::to_string(exit.reason));
    thaw_writers_of(*one);
    return archive_over(std::string{id},
                        make_error(ec::internal, "the archive was given up"));
  }
  if (!exit.reason || exit.reason == caf::exit_reason::normal)
    return;
  // The house is being left, and the archives with us: the next berthd goes on
  // with them.
  for (const auto& [id, one] : archives_)
    thaw_writers_of(*one);
  self_->quit(exit.reason);
}

} // namespace berth
