#pragma once

#include "actors/iws/hands_api.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <filesystem>

namespace berth {

/// Finds processes and maps their ids; `helper` is berth-ns.
iws_process_actor::behavior_type
iws_process_worker(iws_process_actor::pointer self,
                   std::filesystem::path helper);

} // namespace berth
