#include "core/resources/io_control.hpp"

#include <array>

namespace berth {

namespace {

/// One of the four limits, and what each version calls it.
struct io_kind {
  uint64_t limit;
  const char* key;  ///< v2
  const char* file; ///< v1
};

std::array<io_kind, 4> kinds_of(const io_limits& limits) {
  return {{
    {limits.read_bytes, "rbps", "blkio.throttle.read_bps_device"},
    {limits.write_bytes, "wbps", "blkio.throttle.write_bps_device"},
    {limits.read_operations, "riops", "blkio.throttle.read_iops_device"},
    {limits.write_operations, "wiops", "blkio.throttle.write_iops_device"},
  }};
}

/// `lifted` is what stands for no limit; null: the limits themselves.
std::vector<control_write> writes_of(const io_limits& limits,
                                     const std::vector<std::string>& devices,
                                     bool unified, const char* lifted) {
  auto all = std::vector<control_write>{};
  for (const auto& device : devices) {
    auto together = std::string{};
    for (const auto& [limit, key, file] : kinds_of(limits)) {
      if (limit == 0)
        continue;
      auto value = lifted ? std::string{lifted} : std::to_string(limit);
      together += std::string{" "} + key + "=" + value;
      if (!unified)
        all.push_back({file, device + " " + value});
    }
    if (unified && !together.empty())
      all.push_back({"io.max", device + together});
  }
  return all;
}

} // namespace

std::vector<control_write> io_control(const io_limits& limits,
                                      const std::vector<std::string>& devices,
                                      bool unified) {
  return writes_of(limits, devices, unified, nullptr);
}

std::vector<control_write> io_release(const io_limits& limits,
                                      const std::vector<std::string>& devices,
                                      bool unified) {
  return writes_of(limits, devices, unified, unified ? "max" : "0");
}

} // namespace berth
