#include "actors/kernel/cgroup_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/cgroup.hpp"
#include "sys/cgroup_usage.hpp"

namespace berth {

namespace {

/// A killed process may still be writing to a slow disk.
constexpr auto removal_patience = std::chrono::seconds{10};

result<void> make(const std::string& name) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  return sys::make_cgroup(*layout, name);
}

result<opened_cgroup> open_for(const open_cgroup& what) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  auto doors = sys::open_leaf_cgroup(
    *layout, what.name,
    {what.memory_bytes, what.cpu_min_millis, what.cpu_burst_millis, what.pids});
  if (!doors)
    return doors.error();
  auto out = opened_cgroup{};
  for (auto& door : *doors)
    out.doors.push_back(std::make_shared<const sys::fd>(std::move(door)));
  return out;
}

result<void> remove(const std::string& name) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  return sys::remove_cgroup(*layout, name, removal_patience);
}

result<cgroup_limit_hits> hits_of(const std::string& name) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  auto hits = sys::read_limit_hits(*layout, name);
  if (!hits)
    return hits.error();
  return cgroup_limit_hits{hits->oom_kills, hits->forks_refused};
}

result<void> warm() {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  return sys::move_nowhere(*layout);
}

result<void> freeze(const freeze_cgroup& what) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  return sys::freeze_cgroup(*layout, what.name, what.patience);
}

result<void> thaw(const std::string& name) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  return sys::thaw_cgroup(*layout, name);
}

result<void> thaw_all(const std::string& name) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  return sys::thaw_below(*layout, name);
}

} // namespace

cgroup_actor::behavior_type cgroup_worker(cgroup_actor::pointer self) {
  return {
    [self](const make_cgroup& what) {
      return one_job(self, [&] { return make(what.name); });
    },
    [self](const open_cgroup& what) {
      return one_job(self, [&] { return open_for(what); });
    },
    [self](warm_cgroups) { return one_job(self, [] { return warm(); }); },
    [self](const freeze_cgroup& what) {
      return one_job(self, [&] { return freeze(what); });
    },
    [self](const thaw_cgroup& what) {
      return one_job(self, [&] { return thaw(what.name); });
    },
    [self](const thaw_below& what) {
      return one_job(self, [&] { return thaw_all(what.name); });
    },
    [self](const read_limit_hits& what) {
      return one_job(self, [&] { return hits_of(what.name); });
    },
    [self](const remove_cgroup& what) {
      return one_job(self, [&] { return remove(what.name); });
    },
  };
}

} // namespace berth
