#include "actors/workspace/steps.hpp"

namespace berth {

step_set steps_of(workspace_type type) {
  if (type == workspace_type::ghost)
    return bit(start_step::image) | bit(start_step::container);
  return bit(start_step::image) | bit(start_step::content)
         | bit(start_step::container);
}

bool ends_with_snapshot(workspace_type type) {
  return type == workspace_type::prebuild;
}

} // namespace berth
