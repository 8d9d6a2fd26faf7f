#pragma once

#include "actors/kernel/api.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <filesystem>

namespace berth {

/// Makes a user namespace by way of the program `helper`, berth-ns: a process
/// with threads cannot enter one itself.
idmap_actor::behavior_type idmap_worker(idmap_actor::pointer self,
                                        std::filesystem::path helper);

} // namespace berth
