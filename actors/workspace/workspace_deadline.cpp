#include "actors/ask.hpp"
#include "actors/workspace/workspace.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace berth {

using namespace std::chrono_literals;

namespace {

/// The longest wait for a check. CAF's clock stands still while the machine
/// sleeps: a deadline that passes meanwhile is noticed so long after. It also
/// bounds how long a pending check keeps a stopped workspace in memory.
constexpr duration longest_wait = 1min;

/// A check that comes so much later than it was due says that nothing ran.
constexpr duration unusual_delay = 10s;

} // namespace

void workspace_state::arm_deadline() {
  if (auto due = next_deadline(*record_, deps_.settings->timeouts, ears_))
    arm_check(std::max(due->at(), earliest_check_));
}

void workspace_state::arm_check(boot_time at) {
  auto now = since_boot();
  at = std::clamp(at, now, now + longest_wait);
  if (next_check_ && *next_check_ <= at)
    return;
  next_check_ = at;
  self_->delayed_send(self_, at - now, deadline_check{++check_number_});
}

void workspace_state::check_deadline(deadline_check check) {
  if (check.number != check_number_ || record_->phase == phase::stopped)
    return;
  notice_pause();
  next_check_.reset();
  if (ended_ && !is_leaving())
    unless_under_maintenance([this] { settle_end(); });
  auto due = next_deadline(*record_, deps_.settings->timeouts, ears_);
  if (due && due->at() <= since_boot()) {
    // Until then what follows may take its time, or the maintenance end.
    earliest_check_ = since_boot() + longest_wait;
    unless_under_maintenance([this] { deadline_passed(); });
  }
  arm_deadline();
}

/// The service was stopped or the machine asleep: nobody could tell us that
/// they use the workspace.
void workspace_state::notice_pause() {
  auto delay = since_boot() - *next_check_;
  if (delay < unusual_delay)
    return;
  log_info(
    "pause-noticed", record_->spec.id,
    std::to_string(std::chrono::round<std::chrono::seconds>(delay).count())
      + " s");
  ears_.since = since_boot();
}

void workspace_state::deadline_passed() {
  // Much may have happened while we asked whether there is maintenance.
  auto due = next_deadline(*record_, deps_.settings->timeouts, ears_);
  if (!due || since_boot() < due->at())
    return arm_deadline();
  auto text = timeout_text(*due, since_boot());
  if (record_->phase == phase::stopping)
    return hurry_stop(text);
  earliest_check_ = {}; // what follows has a deadline of its own
  leave([text](workspace_record& record) { record.conditions.timeout = text; });
}

void workspace_state::unless_under_maintenance(continuation then) {
  ask_actor(self_, deps_.maintenance, 10s, get_maintenance{})
    .then(
      [then](const maintenance& it) {
        if (!it.is_on)
          then();
      },
      [this, then](const caf::error& err) {
        log_error("maintenance-unknown", record_->spec.id, describe(err));
        then();
      });
}

} // namespace berth
