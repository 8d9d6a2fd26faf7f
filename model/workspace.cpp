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

} // namespace berth
