#pragma once

#include "model/error.hpp"

#include <cstdint>
#include <string>

namespace berth {

/// The /30 of one workspace. Addresses in host byte order.
struct workspace_subnet {
  uint32_t gateway = 0; ///< the host's end
  uint32_t address = 0; ///< the workspace's
};

/// Subnets of workspaces by slot: slot n has the n-th /30 of `subnet`.
class address_pool {
public:
  /// `subnet` in host byte order, with `bits` of network part.
  address_pool(uint32_t subnet, uint8_t bits) : subnet_(subnet), bits_(bits) {}

  /// How many workspaces it has addresses for.
  uint32_t size() const;

  /// `exhausted` for a slot that is not in the pool.
  result<workspace_subnet> at(uint32_t slot) const;

private:
  uint32_t subnet_;
  uint8_t bits_;
};

/// "10.20.0.1"
std::string to_dotted(uint32_t address);

/// Nothing but four decimal numbers with dots between; 0.0.0.0 is a valid one.
result<uint32_t> from_dotted(const std::string& text);

} // namespace berth
