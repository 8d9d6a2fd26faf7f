#pragma once

#include "actors/workspace/secrets_api.hpp"

#include <filesystem>

namespace berth {

/// Does one job, then quits. `directory` is made with mode 0700; each id has
/// one file in it, mode 0600.
secret_keeper_actor::behavior_type
secrets_worker(secret_keeper_actor::pointer self,
               std::filesystem::path directory);

} // namespace berth
