#include "grpc_gateway/convert/timestamp.hpp"

#include <google/protobuf/util/time_util.h>

namespace berth::gateway {

using google::protobuf::util::TimeUtil;

google::protobuf::Timestamp to_proto(wall_time at) {
  return TimeUtil::NanosecondsToTimestamp(at.time_since_epoch().count());
}

google::protobuf::Duration to_proto(duration length) {
  return TimeUtil::NanosecondsToDuration(length.count());
}

} // namespace berth::gateway
