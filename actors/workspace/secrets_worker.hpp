#pragma once

#include "actors/workspace/secrets_api.hpp"
#include "core/layout.hpp"

namespace berth {

/// Does one job, then quits. Each id has one file, mode 0600, sealed with a key
/// that is made at first use and lies elsewhere: neither the state directory
/// nor the run directory alone says what was in it.
secret_keeper_actor::behavior_type
secrets_worker(secret_keeper_actor::pointer self, layout where);

} // namespace berth
