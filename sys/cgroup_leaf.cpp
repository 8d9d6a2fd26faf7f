#include "sys/cgroup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace berth::sys {

namespace {

namespace fs = std::filesystem;

constexpr auto period_us = uint64_t{100'000};
constexpr auto shares_of_core = uint64_t{1024};
constexpr auto weight_of_core = uint64_t{100};

struct control {
  const char* file;
  std::string value; ///< empty: no limit is wanted
};

std::string unless_zero(uint64_t limit, uint64_t value) {
  return limit == 0 ? std::string{} : std::to_string(value);
}

std::vector<control> controls_of(const cgroup_limits& limits, bool unified) {
  auto quota = limits.cpu_burst_millis * period_us / 1000;
  if (unified)
    return {
      {"memory.max", unless_zero(limits.memory_bytes, limits.memory_bytes)},
      {"cpu.max", limits.cpu_burst_millis == 0
                    ? std::string{}
                    : std::to_string(quota) + " " + std::to_string(period_us)},
      {"cpu.weight", unless_zero(limits.cpu_min_millis,
                                 std::clamp<uint64_t>(limits.cpu_min_millis
                                                        * weight_of_core / 1000,
                                                      1, 10'000))},
      {"pids.max", unless_zero(limits.pids, limits.pids)}};
  return {{"memory.limit_in_bytes",
           unless_zero(limits.memory_bytes, limits.memory_bytes)},
          {"cpu.cfs_quota_us", unless_zero(limits.cpu_burst_millis, quota)},
          {"cpu.shares",
           unless_zero(limits.cpu_min_millis,
                       std::max<uint64_t>(2, limits.cpu_min_millis
                                               * shares_of_core / 1000))},
          {"pids.max", unless_zero(limits.pids, limits.pids)}};
}

/// True if this hierarchy has that control.
result<bool> set(const fs::path& dir, const control& what) {
  auto path = dir / what.file;
  auto file = fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!file && errno == ENOENT)
    return false;
  if (!file)
    return errno_error(errno, "open", path.native());
  if (::write(file.get(), what.value.data(), what.value.size()) < 0)
    return errno_error(errno, "write", path.native());
  return true;
}

} // namespace

result<std::vector<fd>> open_leaf_cgroup(const cgroup_layout& layout,
                                         const std::string& name,
                                         const cgroup_limits& limits) {
  auto made = make_leaf(layout, name);
  if (!made)
    return made.error();
  for (const auto& each : controls_of(limits, layout.unified)) {
    auto found = each.value.empty();
    for (const auto& root : layout.roots) {
      if (each.value.empty())
        break;
      auto done = set(root / name, each);
      if (!done)
        return done.error();
      found |= *done;
    }
    if (!found)
      return errno_error(ENOENT, "limit", each.file);
  }
  auto doors = std::vector<fd>{};
  for (const auto& root : layout.roots) {
    auto path = root / name / "cgroup.procs";
    doors.emplace_back(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!doors.back())
      return errno_error(errno, "open", path.native());
  }
  return doors;
}

} // namespace berth::sys
