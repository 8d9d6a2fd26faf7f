#include "actors/ask.hpp"
#include "actors/workspace/workspace.hpp"
#include "core/log.hpp"
#include "core/resources/storage_limit.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto weighing_limit = 15min;

} // namespace

void workspace_state::arm_storage_look() {
  auto period = deps_.settings->content.quota_period;
  if (limits().storage_bytes > 0 && period > duration::zero())
    self_->delayed_send(self_, period, storage_look{});
}

void workspace_state::look_at_storage() {
  if (record_->phase != phase::running)
    return;
  ask_actor(self_, deps_.content, weighing_limit,
            measure_content{record_->spec.id})
    .then([this](const content_measured& it) { judge_storage(it); },
          [this](const caf::error& err) {
            log_warning("content-not-measured", record_->spec.id,
                        describe(err));
            arm_storage_look();
          });
}

/// Nothing is taken from who holds too much: it is said, until it holds less.
void workspace_state::judge_storage(const content_measured& content) {
  if (content.is_limited || is_leaving())
    return; // the file system sees to it
  auto said = record_->message.starts_with(storage_excess_begin);
  auto text = storage_excess(content.bytes, limits().storage_bytes);
  if (!text.empty() && !said)
    log_warning("storage-limit-exceeded", record_->spec.id, text);
  if (text != record_->message && (said || !text.empty()))
    change([&](workspace_record& record) { record.message = text; });
  arm_storage_look();
}

} // namespace berth
