#pragma once

#include "model/workspace.hpp"

#include <string>
#include <vector>

namespace berth::http_gateway {

/// The node in Prometheus' text format: workspaces by phase, type and class,
/// and this process (proc(5)).
std::string metrics_text(const std::vector<record_ptr>& records);

} // namespace berth::http_gateway
