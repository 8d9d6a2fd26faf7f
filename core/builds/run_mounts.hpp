#pragma once

#include "model/error.hpp"

#include <string_view>

namespace berth {

/// `failed_precondition` if a RUN of `instruction`, one of a Dockerfile in one
/// line, has a mount with `..` in a path. buildah 1.28 joins the `id` of a
/// cache with a path of its own, and removes the `target` of any mount after
/// the step, without a look at it. What keeps a step that finds another way (a
/// variable, a symlink) away from the machine is the sandbox that all of them
/// are in.
result<void> check_run_mounts(std::string_view instruction);

} // namespace berth
