#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string_view>

namespace berth {

/// Reads a Kubernetes quantity, "500m", "1.5Gi", "4G" or "1e6", as a whole
/// number, rounded up. `invalid_argument` for anything else, negative ones
/// and what 63 bits cannot hold.
result<uint64_t> parse_quantity(std::string_view text);

/// The same in thousandths, rounded up: "500m" is 500, "2" is 2000.
result<uint64_t> parse_milli_quantity(std::string_view text);

} // namespace berth
