#pragma once

#include "grpc_gateway/doctor_check.hpp"
#include "model/settings.hpp"

#include <vector>

namespace berth {

/// What of the kernel workspaces and the service inside them use: whether it
/// is there, and what is lost without it.
std::vector<gateway::doctor_check> examine_kernel(const settings&);

} // namespace berth
