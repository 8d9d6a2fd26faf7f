#pragma once

#include "grpc_gateway/doctor_check.hpp"
#include "model/settings.hpp"

namespace berth {

/// Whether ids that compatible containers use are anybody else's here.
gateway::doctor_check examine_shared_ids(const settings&);

} // namespace berth
