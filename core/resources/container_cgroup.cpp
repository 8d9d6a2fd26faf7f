#include "core/resources/container_cgroup.hpp"

#include "sys/cgroup_text.hpp"

#include <algorithm>

namespace berth {

namespace {

/// The least that the kernel takes for a quota.
constexpr auto least_quota = microseconds{1000};

caf::error says_nothing(const std::string& cgroup, const char* file) {
  return make_error(ec::internal,
                    "cgroup " + cgroup + ": " + file + " says nothing");
}

result<sys::cpu_quota> read_quota_v1(const sys::cgroup_layout& layout,
                                     const std::string& cgroup) {
  auto quota = sys::read_control_file(layout, cgroup, "cpu.cfs_quota_us");
  if (!quota)
    return quota.error();
  auto period = sys::read_control_file(layout, cgroup, "cpu.cfs_period_us");
  if (!period)
    return period.error();
  auto text = (quota->starts_with('-') ? "max" : *quota);
  if (text.ends_with('\n'))
    text.pop_back();
  return sys::parse_cpu_max(text + " " + *period);
}

result<sys::cpu_quota> read_quota(const sys::cgroup_layout& layout,
                                  const std::string& cgroup) {
  if (!layout.unified)
    return read_quota_v1(layout, cgroup);
  auto text = sys::read_control_file(layout, cgroup, "cpu.max");
  return text ? sys::parse_cpu_max(*text) : text.error();
}

} // namespace

result<cpu_reading> read_cpu(const sys::cgroup_layout& layout,
                             const std::string& cgroup) {
  auto stat = sys::read_control_file(layout, cgroup, "cpu.stat");
  auto throttled = stat ? sys::number_behind(*stat, "nr_throttled").value_or(0)
                        : uint64_t{0};
  if (layout.unified) {
    auto used = stat ? sys::number_behind(*stat, "usage_usec") : std::nullopt;
    if (!used)
      return says_nothing(cgroup, "cpu.stat");
    return cpu_reading{microseconds{static_cast<int64_t>(*used)}, throttled};
  }
  auto usage = sys::read_control_file(layout, cgroup, "cpuacct.usage");
  auto used = usage ? sys::number_in(*usage) : std::nullopt;
  if (!used)
    return says_nothing(cgroup, "cpuacct.usage");
  return cpu_reading{nanoseconds{static_cast<int64_t>(*used)}, throttled};
}

result<void> limit_cpu(const sys::cgroup_layout& layout,
                       const std::string& cgroup,
                       std::optional<uint64_t> limit) {
  auto now = read_quota(layout, cgroup);
  if (!now)
    return now.error();
  auto wanted = limit ? std::optional{std::max(
                  least_quota, quota_of_bandwidth(*limit, now->period))}
                      : std::nullopt;
  if (wanted == now->quota)
    return {};
  auto file = layout.unified ? "cpu.max" : "cpu.cfs_quota_us";
  auto none = layout.unified ? "max" : "-1";
  return sys::write_control_file(
    layout, cgroup, file, wanted ? std::to_string(wanted->count()) : none);
}

std::optional<pressure> read_pressure(const sys::cgroup_layout& layout,
                                      const std::string& cgroup,
                                      const char* resource) {
  auto text = sys::read_control_file(layout, cgroup,
                                     std::string{resource} + ".pressure");
  auto found = text ? parse_pressure(*text) : text.error();
  return found ? std::optional{*found} : std::nullopt;
}

result<void> write_controls(const sys::cgroup_layout& layout,
                            const std::string& cgroup,
                            const std::vector<control_write>& all) {
  auto outcome = result<void>{};
  for (const auto& it : all) {
    auto written = sys::write_control_file(layout, cgroup, it.file, it.text);
    if (!written && outcome)
      outcome = written;
  }
  return outcome;
}

} // namespace berth
