#pragma once

#include "core/oci/container_spec.hpp"

#include <nlohmann/json_fwd.hpp>

namespace berth {

/// The `process` of a container's init. In a compatible container it can become
/// nobody else: in a headless one it is the user whose tasks it runs, and holds
/// no capability but that of ending what others left.
nlohmann::json init_process(const container_spec&);

/// Variables of `add` over those of `base` ("NAME=value"): a name keeps its
/// place, the last value wins, empty names are dropped.
std::vector<std::string> merged_env(std::vector<std::string> base,
                                    const std::vector<env_var>& add);

} // namespace berth
