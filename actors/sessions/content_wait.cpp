#include "actors/sessions/content_wait.hpp"

namespace berth {

bool content_wait::offer(const record_ptr& record) {
  if (record->spec.id != request_.id)
    return true;
  const auto& is = record->conditions;
  if (record->phase == phase::stopping || record->phase == phase::stopped) {
    if (!is.content_ready && !is.failed.empty())
      request_.to.refuse(ec::internal, is.failed);
    else
      request_.to.refuse(ec::failed_precondition,
                         "workspace is " + to_string(record->phase));
    return false;
  }
  if (!is.content_ready)
    return true;
  request_.to.give(done{});
  return false;
}

} // namespace berth
