#pragma once

#include "model/workspace.hpp"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

namespace berth::gateway {

google::protobuf::Timestamp to_proto(wall_time);

google::protobuf::Duration to_proto(duration);

} // namespace berth::gateway
