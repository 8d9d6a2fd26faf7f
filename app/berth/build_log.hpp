#pragma once

#include "app/berth/connection.hpp"

#include <iosfwd>

namespace berth::cli {

/// Copies the log of a build to `out`, to the build's end.
grpc::Status copy_build_log(const connection& to,
                            const builder::LogsRequest& request,
                            std::ostream& out);

} // namespace berth::cli
