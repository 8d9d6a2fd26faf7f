#pragma once

#include "core/objects/object_storage.hpp"
#include "grpc_gateway/doctor_check.hpp"
#include "model/settings.hpp"

#include <vector>

namespace berth {

/// What this machine can and cannot do, each with its fix.
std::vector<gateway::doctor_check> examine_machine(const settings&,
                                                   const object_storage&);

} // namespace berth
