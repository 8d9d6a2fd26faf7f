#pragma once

#include "model/error.hpp"

namespace berth::worker {

/// Makes an OCI layout of what the transport `dir:` of containers-transports(5)
/// leaves in `directory`: a manifest, and beside it what that names, each file
/// called by its digest. The manifest stays what it is, be it one of Docker's.
/// Digests are for the reader to check.
result<void> make_layout(int directory);

} // namespace berth::worker
