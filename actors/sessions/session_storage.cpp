#include "actors/ask.hpp"
#include "actors/sessions/content_session.hpp"
#include "core/log.hpp"
#include "core/resources/storage_limit.hpp"

namespace berth {

namespace {

constexpr auto weighing_limit = std::chrono::minutes{15};

} // namespace

void content_session_state::arm_storage_look() {
  auto period = deps_.settings->content.quota_period;
  if (record_->storage_quota_bytes > 0 && period > duration::zero())
    self_->delayed_send(self_, period, session_storage_look{});
}

void content_session_state::look_at_storage() {
  if (record_->phase != session_phase::ready || is_gone_)
    return;
  ask_actor(self_, deps_.content, weighing_limit, measure_content{record_->id})
    .then([this](const content_measured& it) { judge_storage(it); },
          [this](const caf::error& err) {
            log_warning("content-not-measured", record_->id, describe(err));
            arm_storage_look();
          });
}

/// A session has no place to say it but the log.
void content_session_state::judge_storage(const content_measured& content) {
  if (content.is_limited)
    return; // the file system sees to it
  auto excess = storage_excess(content.bytes, record_->storage_quota_bytes);
  auto was_over = std::exchange(is_over_storage_, !excess.empty());
  if (is_over_storage_ && !was_over)
    log_warning("storage-limit-exceeded", record_->id, excess);
  else if (was_over && !is_over_storage_)
    log_info("storage-limit-kept", record_->id, "it holds less again");
  arm_storage_look();
}

} // namespace berth
