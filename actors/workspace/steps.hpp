#pragma once

#include "model/workspace.hpp"

#include <array>
#include <cstdint>

namespace berth {

/// What a start is made of. A step begins as soon as those it needs are done,
/// so that the image is pulled while the repository is cloned.
enum class start_step : uint8_t { image = 1, content = 2, container = 4 };

/// A set of start steps.
using step_set = uint8_t;

constexpr step_set bit(start_step s) {
  return static_cast<step_set>(s);
}

struct start_step_info {
  start_step step;
  const char* name; ///< for messages: "image: no such image"
  step_set needs;
};

inline constexpr std::array start_steps{
  start_step_info{start_step::image, "image", 0},
  start_step_info{start_step::content, "content", 0},
  start_step_info{start_step::container, "container",
                  bit(start_step::image) | bit(start_step::content)},
};

/// The steps a workspace of this type takes. A ghost has a container, asleep,
/// and nothing in it.
step_set steps_of(workspace_type);

/// What a stop is made of, in order; each undoes or saves what one of the
/// start's steps made, and is skipped if that never was.
enum class stop_step : uint8_t {
  let_start_end,  ///< no step of the start is under way any more
  end_container,  ///< no process is left
  back_up,        ///< what the user made is safe elsewhere
  settle_content, ///< local content deleted, or kept in the quarantine
  release,        ///< cgroup, link, root file system, layers, secrets
  finish,         ///< STOPPED
};

/// What kind of archive the last one of a workspace is.
bool ends_with_snapshot(workspace_type);

} // namespace berth
