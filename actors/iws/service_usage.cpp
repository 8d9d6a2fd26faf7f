#include "actors/ask.hpp"
#include "actors/iws/call_limits.hpp"
#include "actors/iws/workspace_service.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace berth {

using namespace std::chrono_literals;

namespace {

constexpr auto sample_period = 1s;
constexpr auto sample_limit = 10s;

/// Whoever watches asks again within this time; else nothing is sampled.
constexpr auto watching = 10s;

int64_t to_wire(uint64_t number) {
  return static_cast<int64_t>(
    std::min(number, uint64_t{std::numeric_limits<int64_t>::max()}));
}

} // namespace

/// Who asks first waits until there are two samples; who goes on asking is
/// answered at once, with numbers that are a second old at most.
void workspace_service_state::tell_usage(const get_workspace_usage& request) {
  if (is_over_)
    return request.to.refuse(ec::unavailable, "the workspace stops");
  usage_asked_ = self_->clock().now();
  if (usage_)
    return request.to.give(*usage_);
  std::erase_if(awaiting_usage_,
                [](const auto& to) { return to.is_settled(); });
  if (awaiting_usage_.size() >= most_waiting_calls)
    return request.to.refuse(ec::exhausted, "too many requests");
  awaiting_usage_.push_back(request.to);
  if (!std::exchange(is_sampling_, true))
    sample_usage();
}

void workspace_service_state::sample_usage() {
  if (is_over_)
    return;
  ask_actor(self_, deps_.hands.cgroup(), sample_limit,
            read_usage{deps_.where().cgroup(record_.id)})
    .then([this](const usage_sample& sample) { take_sample(sample); },
          [this](const caf::error& why) {
            usage_unknown(
              told_as("cannot find workspace container cgroup", why));
          });
}

void workspace_service_state::take_sample(const usage_sample& sample) {
  if (last_sample_)
    usage_ = workspace_usage{to_wire(cpu_millis_between(*last_sample_, sample)),
                             to_wire(sample.cpu_limit_millis),
                             to_wire(sample.memory_bytes),
                             to_wire(sample.memory_limit_bytes)};
  last_sample_ = sample;
  if (usage_)
    for (const auto& to : std::exchange(awaiting_usage_, {}))
      to.give(*usage_);
  if (self_->clock().now() - usage_asked_ < watching)
    return self_->delayed_send(self_, sample_period, usage_due{});
  is_sampling_ = false;
  last_sample_.reset();
  usage_.reset();
}

void workspace_service_state::usage_unknown(const caf::error& why) {
  is_sampling_ = false;
  last_sample_.reset();
  usage_.reset();
  for (const auto& to : std::exchange(awaiting_usage_, {}))
    to.refuse(why);
}

} // namespace berth
