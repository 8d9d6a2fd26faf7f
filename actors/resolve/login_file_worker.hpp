#pragma once

#include "actors/resolve/login_files.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

/// Blocks: spawn it detached.
login_file_actor::behavior_type login_file_worker(login_file_actor::pointer);

} // namespace berth
