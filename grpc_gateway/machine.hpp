#pragma once

#include "model/settings.hpp"
#include "model/workspace.hpp"

#include <vector>

#include "berth/v1/node.pb.h"

namespace berth::gateway {

/// How many workspaces may live at once: as many as configured, or as the id
/// ranges and subnets last for.
uint32_t workspace_capacity(const settings&);

/// What this machine has and how much of it is free. May block.
v1::NodeInfoResponse describe_machine(const settings&,
                                      const std::vector<record_ptr>&);

} // namespace berth::gateway
