#include "actors/iws/cgroup_worker.hpp"

#include "actors/iws/target_worker.hpp"
#include "actors/one_job.hpp"
#include "sys/cgroup_delegation.hpp"
#include "sys/cgroup_usage.hpp"
#include "sys/clock.hpp"

#include <algorithm>

namespace berth {

namespace {

constexpr auto workspace_part = "workspace";
constexpr auto user_part = "user";

result<void> divide(const workspace_container& container) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  if (!layout->unified)
    return {};
  return sys::evacuate_cgroup(layout->roots.front() / container.cgroup,
                              workspace_part);
}

result<void> delegate(const workspace_container& container) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  if (!layout->unified)
    return {};
  auto part = layout->roots.front() / container.cgroup / workspace_part;
  auto err = std::error_code{};
  if (!std::filesystem::is_directory(part, err))
    return make_error(ec::failed_precondition, "the cgroup is not divided");
  if (auto moved = sys::evacuate_cgroup(part, user_part); !moved)
    return moved;
  return sys::delegate_cgroup(part, user_part, root_inside(container));
}

result<usage_sample> measure(const std::string& cgroup) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  auto used = sys::read_usage(*layout, cgroup);
  if (!used)
    return used.error();
  auto memory = sys::machine_memory_bytes();
  if (!memory)
    return memory.error();
  auto sample = usage_sample{};
  sample.at = sys::since_boot();
  sample.cpu_time = used->cpu_time;
  sample.cpu_limit_millis
    = used->cpu_limit_millis.value_or(sys::machine_cpu_millis());
  sample.memory_bytes = used->memory_bytes;
  sample.memory_limit_bytes
    = std::min(used->memory_limit_bytes.value_or(*memory), *memory);
  return sample;
}

} // namespace

uint64_t cpu_millis_between(const usage_sample& before,
                            const usage_sample& after) {
  auto time = after.at - before.at;
  auto used = after.cpu_time - before.cpu_time;
  if (time.count() <= 0 || used.count() <= 0) // a cgroup was made anew
    return 0;
  return static_cast<uint64_t>(1000.0 * static_cast<double>(used.count())
                               / static_cast<double>(time.count()));
}

iws_cgroup_actor::behavior_type
iws_cgroup_worker(iws_cgroup_actor::pointer self) {
  return {
    [self](const divide_cgroup& what) {
      return one_job(self, [&] { return divide(what.container); });
    },
    [self](const delegate_cgroup& what) {
      return one_job(self, [&] { return delegate(what.container); });
    },
    [self](const read_usage& what) {
      return one_job(self, [&] { return measure(what.cgroup); });
    },
  };
}

} // namespace berth
