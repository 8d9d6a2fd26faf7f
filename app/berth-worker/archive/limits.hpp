#pragma once

#include <cstddef>
#include <cstdint>

namespace berth::worker {

/// The longest name or target of a link that an archive may hold, in bytes.
constexpr size_t max_inner_name = 1024 * 1024;

/// The range of ids of a workspace ends here.
constexpr uint32_t last_id = 65535;

/// Owns what has an owner out of that range.
constexpr uint32_t nobody = 65534;

} // namespace berth::worker
