#include "grpc_gateway/offload.hpp"

#include "core/log.hpp"
#include "grpc_gateway/unary.hpp"

#include <grpcpp/alarm.h>

#include <utility>

namespace berth::gateway {

namespace {

void run(const std::function<void()>& job) {
  if (auto ran = contained(job); !ran)
    log_error("job-threw", "gateway", describe(ran.error()));
}

} // namespace

void offload(caf::actor_system& system, std::function<void()> job) {
  system.spawn<caf::detached>(
    [job = std::move(job)](caf::event_based_actor*) { run(job); });
}

void run_after(std::chrono::nanoseconds delay, std::function<void()> job) {
  auto alarm = std::make_shared<grpc::Alarm>();
  auto due
    = std::chrono::system_clock::now()
      + std::chrono::duration_cast<std::chrono::system_clock::duration>(delay);
  // The callback keeps its alarm until it runs, and lets go of it then: gRPC
  // keeps the callback as long as there is the alarm.
  auto* set = alarm.get();
  set->Set(due, [alarm, job = std::move(job)](bool) mutable {
    auto last = std::move(alarm);
    run(std::exchange(job, nullptr));
  });
}

} // namespace berth::gateway
