#include "grpc_gateway/convert/timestamp.hpp"

#include <google/protobuf/util/time_util.h>

#include <cstdio>

namespace berth::gateway {

using google::protobuf::util::TimeUtil;

google::protobuf::Timestamp to_proto(wall_time at) {
  return TimeUtil::NanosecondsToTimestamp(at.time_since_epoch().count());
}

google::protobuf::Duration to_proto(duration length) {
  return TimeUtil::NanosecondsToDuration(length.count());
}

std::string to_rfc3339(wall_time at) {
  auto second = std::chrono::floor<std::chrono::seconds>(at);
  auto day = std::chrono::floor<std::chrono::days>(at);
  auto date = std::chrono::year_month_day{day};
  auto time = std::chrono::hh_mm_ss{second - day};
  char text[64];
  std::snprintf(
    text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d",
    static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
    static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
    static_cast<int>(time.minutes().count()),
    static_cast<int>(time.seconds().count()));
  auto out = std::string{text};
  if (auto rest = (at - second).count(); rest != 0) {
    std::snprintf(text, sizeof(text), ".%09d", static_cast<int>(rest));
    out += text;
    out.erase(out.find_last_not_of('0') + 1);
  }
  return out + "Z";
}

} // namespace berth::gateway
