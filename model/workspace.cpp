#include "model/workspace.hpp"

#include <algorithm>

namespace berth {

bool metadata_filter::matches(const workspace_spec& spec) const {
  if (!owner.empty() && owner != spec.owner)
    return false;
  if (!meta_id.empty() && meta_id != spec.meta_id)
    return false;
  return std::all_of(
    annotations.begin(), annotations.end(), [&](const auto& wanted) {
      auto has = spec.annotations.find(wanted.first);
      return has != spec.annotations.end() && has->second == wanted.second;
    });
}

bool workspace_record::owes_backup() const {
  auto type_is_saved = spec.type == workspace_type::regular
                       || spec.type == workspace_type::prebuild;
  return type_is_saved && conditions.content_ready && !conditions.aborted
         && !conditions.final_backup_complete && !conditions.backup_failed;
}

} // namespace berth
