#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/v1/node.pb.h"

namespace berth::gateway {

/// Takes conmon's k8s-file format apart: lines of
/// "<time> <stdout|stderr> <F|P> <text>", where F ends a line of the container
/// and P does not.
class log_decoder {
public:
  /// The output in `bytes`, neighbouring pieces of one stream joined. A line
  /// that has no end yet waits for the next call.
  std::vector<v1::LogsResponse> decode(std::string_view bytes);

private:
  std::string rest_;
};

} // namespace berth::gateway
