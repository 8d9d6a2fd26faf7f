#pragma once

#include <string>
#include <string_view>

namespace berth::gateway {

/// Makes bytes that come in pieces text that protobuf takes: what is no UTF-8
/// becomes U+FFFD. A character that is not complete waits for the next piece.
class utf8_filter {
public:
  std::string pass(std::string_view bytes);

private:
  std::string rest_;
};

} // namespace berth::gateway
