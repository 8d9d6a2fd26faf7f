#include "actors/ask.hpp"
#include "actors/workspace/workspace.hpp"
#include "core/log.hpp"

#include <cstddef>

namespace berth {

using namespace std::chrono_literals;

namespace {

/// Activity is not told again before: who hammers on a workspace shall not
/// make the disk busy.
constexpr duration least_news = 1s;

} // namespace

void workspace_state::touch(const mark_active& request) {
  auto first = !record_->conditions.first_user_activity;
  if (record_->phase == phase::stopped || (request.ignore_if_active && !first))
    return request.to.give(done{});
  auto tick = since_boot();
  auto last = record_->ticks.active;
  if (last && tick - *last < least_news
      && request.closed == record_->conditions.closed)
    return request.to.give(done{});
  change_for(request.to, [at = now(), tick, first,
                          closed = request.closed](workspace_record& record) {
    record.last_activity = at;
    record.ticks.active = tick;
    record.conditions.closed = closed;
    if (first)
      record.conditions.first_user_activity = at;
  });
}

void workspace_state::adjust(const adjust_workspace& request) {
  if (auto why = refusal_of(request.what, *record_))
    return request.to.refuse(why);
  auto edit
    = [&](workspace_record& record) { apply(request.what, record.spec); };
  if (!std::holds_alternative<new_ssh_keys>(request.what))
    return change_for(request.to, edit);
  change(
    edit, [this, to = request.to] { show_ssh_keys(to); },
    if_not_stored(request.to));
}

void workspace_state::show_ssh_keys(const answer<done>& to) {
  auto is_up
    = record_->phase == phase::running || record_->phase == phase::interrupted;
  // Before, there is nowhere to put them: that is done once it runs.
  if (!is_up || !record_->container.pid)
    return to.give(done{});
  awaiting_ssh_keys_.push_back(to);
  if (awaiting_ssh_keys_.size() == 1)
    put_newest_ssh_keys();
}

/// One at a time, lest an older list ends up over a newer one.
void workspace_state::put_newest_ssh_keys() {
  auto ended
    = [this, served = awaiting_ssh_keys_.size()](const result<done>& outcome) {
        ssh_keys_put(served, outcome);
      };
  auto job = put_ssh_keys{record_->container_id(), record_->slot,
                          record_->spec.ssh_keys, record_->kind};
  ask_actor(self_, deps_.runtime, 30s, std::move(job))
    .then([ended](const done& it) { ended(it); },
          [ended](const caf::error& err) { ended(err); });
}

void workspace_state::ssh_keys_put(size_t served, const result<done>& outcome) {
  auto failed = !outcome && !is_leaving();
  if (failed)
    log_warning("ssh-keys-not-put", record_->spec.id,
                describe(outcome.error()));
  for (size_t i = 0; i < served; ++i)
    if (failed)
      awaiting_ssh_keys_[i].refuse(
        ec::internal,
        "the keys are stored, but could not be put into the workspace: "
          + describe(outcome.error()));
    else
      awaiting_ssh_keys_[i].give(done{});
  awaiting_ssh_keys_.erase(awaiting_ssh_keys_.begin(),
                           awaiting_ssh_keys_.begin()
                             + static_cast<ptrdiff_t>(served));
  if (!awaiting_ssh_keys_.empty())
    put_newest_ssh_keys();
}

} // namespace berth
