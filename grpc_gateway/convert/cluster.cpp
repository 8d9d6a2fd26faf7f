#include "grpc_gateway/convert/cluster.hpp"

namespace berth::gateway {

namespace {

/// How many whole `unit`s hold `amount`.
std::string rounded_up(uint64_t amount, uint64_t unit) {
  return std::to_string(amount / unit + (amount % unit != 0));
}

/// For a class that has no description: what it may use. Its guaranteed cores
/// where it may use any number of them.
std::string described(const workspace_class& limits) {
  constexpr uint64_t giga = 1'000'000'000;
  auto cpu
    = limits.cpu_burst_millis ? limits.cpu_burst_millis : limits.cpu_min_millis;
  return rounded_up(cpu, 1000) + " vCPU, "
         + rounded_up(limits.memory_bytes, giga) + "GB memory, "
         + rounded_up(limits.storage_bytes, giga) + "GB disk";
}

} // namespace

wsman::DescribeClusterResponse describe_cluster(const settings& settings) {
  auto out = wsman::DescribeClusterResponse{};
  for (const auto& [id, limits] : settings.classes) {
    auto& shown = *out.add_workspace_classes();
    shown.set_id(id);
    shown.set_display_name(limits.display_name);
    shown.set_description(limits.description.empty() ? described(limits)
                                                     : limits.description);
    shown.set_credits_per_minute(limits.credits_per_minute);
  }
  out.set_preferred_workspace_class(settings.preferred_class);
  return out;
}

} // namespace berth::gateway
