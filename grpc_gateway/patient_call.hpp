#pragma once

#include "grpc_gateway/unary.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace berth::gateway {

/// Ends a call whose caller went away, or whose deadline passed, without
/// waiting for the answer. Thread-safe.
class departure {
public:
  /// From now on, who goes is answered by `revoke`.
  void arm(std::function<void(caf::error)> revoke) {
    auto lock = std::unique_lock{mutex_};
    if (!is_over_)
      revoke_ = std::move(revoke);
    else
      call_outside(lock, revoke);
  }

  void happen() {
    auto lock = std::unique_lock{mutex_};
    is_over_ = true;
    call_outside(lock, std::exchange(revoke_, nullptr));
  }

private:
  static void call_outside(std::unique_lock<std::mutex>& lock,
                           const std::function<void(caf::error)>& revoke) {
    lock.unlock();
    if (revoke)
      revoke(make_error(ec::cancelled, "the caller went away"));
  }

  std::mutex mutex_;
  std::function<void(caf::error)> revoke_;
  bool is_over_ = false;
};

class patient_reactor final : public grpc::ServerUnaryReactor {
public:
  const std::shared_ptr<departure> leaving = std::make_shared<departure>();

  void OnCancel() override { leaving->happen(); }
  void OnDone() override { delete this; }
};

/// As `unary`, for calls that may wait for hours: nothing of one is left when
/// its caller is. What it asked for goes on.
template <class T, class Ask, class Fill>
grpc::ServerUnaryReactor*
patient(front_door& door, const char* method, grpc::CallbackServerContext* ctx,
        const google::protobuf::Message& request, Ask ask, Fill fill) {
  auto* rpc = new patient_reactor;
  return carry<T>(
    rpc, door, method, ctx, request,
    [leaving = rpc->leaving, ask = std::move(ask)](const answer<T>& to) {
      // Before it is asked, the request must stay.
      auto revoke = to.revocation();
      ask(to);
      leaving->arm(std::move(revoke));
    },
    std::move(fill));
}

} // namespace berth::gateway
