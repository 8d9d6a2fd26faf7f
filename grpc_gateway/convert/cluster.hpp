#pragma once

#include "model/settings.hpp"

#include "ws-manager-api/core.pb.h"

namespace berth::gateway {

/// The classes of this node by id, and which one clients should prefer.
wsman::DescribeClusterResponse describe_cluster(const settings&);

} // namespace berth::gateway
