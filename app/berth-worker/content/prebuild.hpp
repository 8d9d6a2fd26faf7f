#pragma once

#include "app/berth-worker/content/session.hpp"

namespace berth::worker {

/// Restores the prebuild's snapshot and brings its repositories to where this
/// workspace wants them; without a usable snapshot it clones them. The source
/// is "from-prebuild" only if nothing of the prebuild is out of date.
result<std::string> run_prebuild(init_session&, const prebuild_plan&);

} // namespace berth::worker
