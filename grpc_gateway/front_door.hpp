#pragma once

#include "grpc_gateway/call_metrics.hpp"
#include "grpc_gateway/rate_limiter.hpp"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace berth::gateway {

/// What every unary call of every service passes before it is looked at.
/// Thread-safe.
class front_door {
public:
  /// `calls` counts those whose rate is limited; may be null.
  explicit front_door(const std::map<std::string, rate_limit>& limits,
                      std::shared_ptr<call_metrics> calls = nullptr)
    : limiter_(limits), calls_(std::move(calls)) {}

  /// Whether calls of `method` need to be admitted at all.
  bool limits(std::string_view method) const { return limiter_.limits(method); }

  /// Runs `enter` now, or later on a thread of gRPC's when the method's rate
  /// limit makes its callers wait, or `refuse` if it may not run at all.
  /// `request` and `ctx` must live until one of both ran.
  void admit(const std::string& method, const grpc::CallbackServerContext& ctx,
             const google::protobuf::Message& request,
             std::function<void()> enter,
             std::function<void(caf::error)> refuse);

private:
  rate_limiter limiter_;
  std::shared_ptr<call_metrics> calls_;
};

} // namespace berth::gateway
