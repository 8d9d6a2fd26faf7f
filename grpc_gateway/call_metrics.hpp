#pragma once

#include "core/metrics/exposition.hpp"

#include <grpcpp/support/server_interceptor.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

namespace berth::gateway {

/// Counts calls as they come in and end, under the names that gRPC dashboards
/// know. Thread-safe.
class call_metrics {
public:
  /// The calls of one method.
  class method;

  call_metrics();
  ~call_metrics();

  /// `name` is "/package.Service/Method".
  method& of(const std::string& name,
             grpc::experimental::ServerRpcInfo::Type type);

  /// A call of `method`, whose rate is limited, came in or was refused.
  void rate_limited(const std::string& method, bool is_refused);

  /// A subscriber was let go because it read too slowly.
  void subscriber_dropped() { ++dropped_; }

  /// A call is under way from the first to the second.
  void began();
  void ended();

  /// Returns once no call is under way, at the latest at `deadline`.
  void await_quiet(std::chrono::steady_clock::time_point deadline);

  void write(exposition&) const;

private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::unique_ptr<method>, std::less<>> methods_;
  std::map<std::string, std::array<uint64_t, 2>> limited_; ///< passed, refused
  std::atomic<uint64_t> dropped_ = 0;
  std::mutex open_mutex_;
  std::condition_variable quiet_;
  uint64_t open_ = 0;
};

/// What the server calls for each call to have it counted in `metrics`.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
make_call_counter(std::shared_ptr<call_metrics> metrics);

} // namespace berth::gateway
