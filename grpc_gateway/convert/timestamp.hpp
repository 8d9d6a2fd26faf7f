#pragma once

#include "model/workspace.hpp"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>

namespace berth::gateway {

google::protobuf::Timestamp to_proto(wall_time);

google::protobuf::Duration to_proto(duration);

/// RFC 3339 in UTC, with up to nine digits of a second and no trailing zeros:
/// "2024-03-01T09:30:00.5Z".
std::string to_rfc3339(wall_time);

} // namespace berth::gateway
