#include "sys/cgroup_usage.hpp"

#include "sys/cgroup_files.hpp"

#include <sched.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace berth::sys {

namespace {

constexpr uint64_t millis_of_core = 1000;

/// The first number of a text; nothing for "max", "-1" and the like.
std::optional<uint64_t> number_in(std::string_view text) {
  auto value = uint64_t{0};
  auto [end, err]
    = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc{} || end == text.data())
    return std::nullopt;
  return value;
}

/// The number behind `key` in lines of "KEY NUMBER".
std::optional<uint64_t> number_of(const std::string& text,
                                  std::string_view key) {
  auto lines = std::istringstream{text};
  for (auto line = std::string{}; std::getline(lines, line);)
    if (line.starts_with(key) && line.substr(key.size()).starts_with(' '))
      return number_in(std::string_view{line}.substr(key.size() + 1));
  return std::nullopt;
}

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

cgroup_usage read_unified(control_files& from) {
  auto usage = cgroup_usage{};
  usage.cpu_time = std::chrono::microseconds{
    number_of(from.text("cpu.stat"), "usage_usec").value_or(0)};
  auto total = from.number("memory.current").value_or(0);
  auto idle = number_of(from.text("memory.stat"), "inactive_file").value_or(0);
  usage.memory_bytes = without(total, idle);
  usage.memory_limit_bytes = from.number("memory.max");
  auto limit = from.text("cpu.max"); // "QUOTA PERIOD", "max PERIOD"
  auto blank = limit.find(' ');
  auto quota = number_in(limit);
  auto period = blank == limit.npos
                  ? std::nullopt
                  : number_in(std::string_view{limit}.substr(blank + 1));
  if (quota && period && *period != 0)
    usage.cpu_limit_millis = *quota * millis_of_core / *period;
  return usage;
}

cgroup_usage read_v1(control_files& from) {
  auto usage = cgroup_usage{};
  usage.cpu_time
    = std::chrono::nanoseconds{from.number("cpuacct.usage").value_or(0)};
  auto total = from.number("memory.usage_in_bytes").value_or(0);
  auto idle
    = number_of(from.text("memory.stat"), "total_inactive_file").value_or(0);
  usage.memory_bytes = without(total, idle);
  usage.memory_limit_bytes = from.number("memory.limit_in_bytes");
  auto quota = from.number("cpu.cfs_quota_us"); // -1: none
  auto period = from.number("cpu.cfs_period_us");
  if (quota && period && *period != 0)
    usage.cpu_limit_millis = *quota * millis_of_core / *period;
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
