#pragma once

#include "actors/iws/hands_api.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <filesystem>

namespace berth {

/// Joins network namespaces of a workspace; `helper` is berth-ns.
iws_network_actor::behavior_type
iws_network_worker(iws_network_actor::pointer self,
                   std::filesystem::path helper);

} // namespace berth
