#pragma once

#include "model/error.hpp"
#include "sys/fd.hpp"

#include <string>

namespace berth::sys {

/// Writes `value` to /proc/sys/net/`name` of network namespace `netns`.
/// ENOENT if the kernel has no such setting.
result<void> set_network_control(const fd& netns, const std::string& name,
                                 const std::string& value);

} // namespace berth::sys
