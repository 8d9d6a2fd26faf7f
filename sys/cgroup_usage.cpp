#include "sys/cgroup_usage.hpp"

#include "sys/cgroup_files.hpp"
#include "sys/cgroup_text.hpp"

#include <sched.h>
#include <sys/sysinfo.h>

#include <algorithm>

namespace berth::sys {

namespace {

constexpr uint64_t millis_of_core = 1000;

/// The files of one cgroup; an error, once there was one, stays.
class control_files {
public:
  control_files(const cgroup_layout& layout, const std::string& name)
    : layout_(layout), name_(name) {}

  std::string text(const char* file) {
    auto read = read_control_file(layout_, name_, file);
    if (read)
      return std::move(*read);
    if (!error_)
      error_ = read.error();
    return {};
  }
  std::optional<uint64_t> number(const char* file) {
    return number_in(text(file));
  }
  const caf::error& error() const { return error_; }

private:
  const cgroup_layout& layout_;
  const std::string& name_;
  caf::error error_;
};

/// Never below zero: the two are not read at one moment.
uint64_t without(uint64_t total, uint64_t part) {
  return total - std::min(total, part);
}

/// Thousandths of a core; nothing if there is no such share.
std::optional<uint64_t> share_of_core(std::chrono::microseconds quota,
                                      std::chrono::microseconds period) {
  if (period.count() == 0)
    return std::nullopt;
  return static_cast<uint64_t>(quota.count()) * millis_of_core
         / static_cast<uint64_t>(period.count());
}

cgroup_usage read_unified(control_files& from) {
  auto usage = cgroup_usage{};
  usage.cpu_time = std::chrono::microseconds{
    number_behind(from.text("cpu.stat"), "usage_usec").value_or(0)};
  auto total = from.number("memory.current").value_or(0);
  auto idle
    = number_behind(from.text("memory.stat"), "inactive_file").value_or(0);
  usage.memory_bytes = without(total, idle);
  usage.memory_limit_bytes = from.number("memory.max");
  if (auto most = parse_cpu_max(from.text("cpu.max")); most && most->quota)
    usage.cpu_limit_millis = share_of_core(*most->quota, most->period);
  return usage;
}

cgroup_usage read_v1(control_files& from) {
  auto usage = cgroup_usage{};
  usage.cpu_time
    = std::chrono::nanoseconds{from.number("cpuacct.usage").value_or(0)};
  auto total = from.number("memory.usage_in_bytes").value_or(0);
  auto idle = number_behind(from.text("memory.stat"), "total_inactive_file")
                .value_or(0);
  usage.memory_bytes = without(total, idle);
  usage.memory_limit_bytes = from.number("memory.limit_in_bytes");
  auto quota = micros_in(from.text("cpu.cfs_quota_us")); // -1: none
  auto period = micros_in(from.text("cpu.cfs_period_us"));
  if (quota && period)
    usage.cpu_limit_millis = share_of_core(*quota, *period);
  return usage;
}

} // namespace

result<cgroup_usage> read_usage(const cgroup_layout& layout,
                                const std::string& name) {
  auto from = control_files{layout, name};
  auto usage = layout.unified ? read_unified(from) : read_v1(from);
  if (from.error())
    return from.error();
  return usage;
}

result<limit_hits> read_limit_hits(const cgroup_layout& layout,
                                   const std::string& name) {
  auto from = control_files{layout, name};
  auto* memory = layout.unified ? "memory.events" : "memory.oom_control";
  auto hits
    = limit_hits{number_behind(from.text(memory), "oom_kill").value_or(0),
                 number_behind(from.text("pids.events"), "max").value_or(0)};
  if (from.error())
    return from.error();
  return hits;
}

uint64_t machine_cpu_millis() {
  auto usable = cpu_set_t{};
  if (::sched_getaffinity(0, sizeof(usable), &usable) < 0)
    return static_cast<uint64_t>(::get_nprocs()) * millis_of_core;
  return static_cast<uint64_t>(CPU_COUNT(&usable)) * millis_of_core;
}

result<uint64_t> machine_memory_bytes() {
  struct sysinfo found {};
  if (::sysinfo(&found) < 0)
    return errno_error(errno, "sysinfo", "memory");
  return uint64_t{found.totalram} * found.mem_unit;
}

} // namespace berth::sys
