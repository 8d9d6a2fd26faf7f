#pragma once

#include "model/error.hpp"

#include <grpcpp/support/status.h>

namespace berth::gateway {

/// What a client hears of an error. The only place where a code of ours
/// becomes one of gRPC's.
grpc::Status to_status(const caf::error&);

} // namespace berth::gateway
