#include "sys/cgroup_usage.hpp"

#include "sys/file.hpp"

#include <sched.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <sstream>

namespace berth::sys {

namespace {

namespace fs = std::filesystem;

constexpr auto usage_file_bytes = size_t{1} << 16;
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
class files {
public:
  explicit files(fs::path dir) : dir_(std::move(dir)) {}

  std::string text(const char* name) {
    auto read = read_file(dir_ / name, usage_file_bytes);
    if (read)
      return std::move(*read);
    if (!error_)
      error_ = is_errno(read.error(), ENOENT)
                 ? make_error(ec::not_found, dir_.native() + " has no " + name)
                 : read.error();
    return {};
  }
  std::optional<uint64_t> number(const char* name) {
    return number_in(text(name));
  }
  const caf::error& error() const { return error_; }

private:
  fs::path dir_;
  caf::error error_;
};

/// Never below zero: the two are not read at one moment.
uint64_t without(uint64_t total, uint64_t part) {
  return total - std::min(total, part);
}

result<cgroup_usage> read_unified(const fs::path& dir) {
  auto from = files{dir};
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
  if (from.error())
    return from.error();
  return usage;
}

/// v1: the hierarchy that has `controller`, "cpu" or "cpu,cpuacct" by name.
fs::path hierarchy_of(const cgroup_layout& layout,
                      std::string_view controller) {
  for (const auto& root : layout.roots) {
    auto names = std::istringstream{root.filename().native()};
    for (auto name = std::string{}; std::getline(names, name, ',');)
      if (name == controller)
        return root;
  }
  return "/nowhere";
}

result<cgroup_usage> read_v1(const cgroup_layout& layout,
                             const std::string& name) {
  auto usage = cgroup_usage{};
  auto time = files{hierarchy_of(layout, "cpuacct") / name};
  usage.cpu_time
    = std::chrono::nanoseconds{time.number("cpuacct.usage").value_or(0)};
  auto memory = files{hierarchy_of(layout, "memory") / name};
  auto total = memory.number("memory.usage_in_bytes").value_or(0);
  auto idle
    = number_of(memory.text("memory.stat"), "total_inactive_file").value_or(0);
  usage.memory_bytes = without(total, idle);
  usage.memory_limit_bytes = memory.number("memory.limit_in_bytes");
  auto cpu = files{hierarchy_of(layout, "cpu") / name};
  auto quota = cpu.number("cpu.cfs_quota_us"); // -1: none
  auto period = cpu.number("cpu.cfs_period_us");
  if (quota && period && *period != 0)
    usage.cpu_limit_millis = *quota * millis_of_core / *period;
  for (auto* each : {&time, &memory, &cpu})
    if (each->error())
      return each->error();
  return usage;
}

} // namespace

result<cgroup_usage> read_usage(const cgroup_layout& layout,
                                const std::string& name) {
  if (layout.unified)
    return read_unified(layout.roots.front() / name);
  return read_v1(layout, name);
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
