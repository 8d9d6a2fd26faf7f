#include "actors/workspace/steps.hpp"

namespace berth {

step_set steps_of(workspace_type type) {
  if (type == workspace_type::ghost)
    return 0;
  return bit(start_step::image) | bit(start_step::content)
         | bit(start_step::container);
}

bool owes_backup(const workspace_record& record) {
  const auto& is = record.conditions;
  auto type_is_saved = record.spec.type == workspace_type::regular
                       || record.spec.type == workspace_type::prebuild;
  return type_is_saved && is.content_ready && !is.aborted
         && !is.final_backup_complete && !is.backup_failed;
}

bool ends_with_snapshot(workspace_type type) {
  return type == workspace_type::prebuild;
}

} // namespace berth
