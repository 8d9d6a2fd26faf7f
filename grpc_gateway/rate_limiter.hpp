#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"

#include <google/protobuf/message.h>

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace berth::gateway {

/// Token buckets in front of unary methods, one set per configured method.
/// Thread-safe.
class rate_limiter {
public:
  using clock = std::chrono::steady_clock;

  /// `limits` by full method name, such as
  /// "/wsman.WorkspaceManager/StartWorkspace".
  explicit rate_limiter(const std::map<std::string, rate_limit>& limits);
  ~rate_limiter();

  bool limits(std::string_view method) const {
    return methods_.contains(method);
  }

  /// Takes a token for a call of `method`. Zero: go ahead; more: the token is
  /// the caller's after so long. `exhausted` if there is none and the method
  /// does not wait, or would wait beyond `patience`. `internal` if the
  /// configured key names no field of `request`.
  result<clock::duration> take(const std::string& method,
                               const google::protobuf::Message& request,
                               clock::time_point now, clock::duration patience);

private:
  class method_limits;
  std::map<std::string, std::unique_ptr<method_limits>, std::less<>> methods_;
};

/// The values of dotted field paths in `message`, each behind a `|`: strings as
/// they are, enums as numbers, booleans as `t` or `f`. `internal` for anything
/// else.
result<std::string> rate_key(const google::protobuf::Message& message,
                             const std::vector<std::string>& paths);

} // namespace berth::gateway
