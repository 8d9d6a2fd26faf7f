#include "actors/iws/call_limits.hpp"

namespace berth {

using namespace std::chrono_literals;

namespace {

rate_limit of_four(duration refill) {
  return {.burst = 4, .refill = refill, .block = false, .key = {}};
}

/// A nested container runtime comes with many at once: they take turns.
rate_limit of_many() {
  return {.burst = 64, .refill = 50ms, .block = true, .key = {}};
}

rate_limit usual_limit(std::string_view method) {
  using namespace iws_method;
  for (auto mounting :
       {mount_proc, mount_sysfs, umount_proc, umount_sysfs, umount_nfs})
    if (method == mounting)
      return of_many();
  return of_four(method == mount_nfs ? 5s : 2500ms);
}

} // namespace

rate_limit call_limit(const settings& all, const std::string& method) {
  const auto& told = all.grpc.rate_limits;
  auto found = told.find("/iws.InWorkspaceService/" + method);
  return found == told.end() ? usual_limit(method) : found->second;
}

} // namespace berth
