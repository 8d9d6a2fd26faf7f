#pragma once

#include "app/berth/connection.hpp"

#include <string>

#include "image-builder-api/imgbuilder.pb.h"

namespace berth::cli {

/// Makes `request` ask for the build that `text` means: its id, the first
/// characters of that, or the image that it makes.
grpc::Status find_build(const connection& to, const std::string& text,
                        builder::LogsRequest& request);

} // namespace berth::cli
