#include "actors/resources/resource_worker.hpp"

#include "actors/one_job.hpp"
#include "core/resources/container_cgroup.hpp"

#include <cerrno>

namespace berth {

namespace {

using sys::cgroup_layout;

std::vector<sys::process_view> processes_of(const cgroup_layout& layout,
                                            const std::string& cgroup) {
  auto views = std::vector<sys::process_view>{};
  for (auto pid : sys::processes_below(layout, cgroup))
    if (auto view = sys::look_at(pid))
      views.push_back(std::move(*view));
  return views;
}

finding look_at_workspace(const cgroup_layout& layout,
                          const survey_subject& subject) {
  auto found = finding{subject.id, {}, {}, {}};
  if (subject.cpu)
    if (auto cpu = read_cpu(layout, subject.cgroup))
      found.cpu = *cpu;
  if (subject.pressure)
    for (auto resource : {"cpu", "memory", "io"})
      if (auto it = read_pressure(layout, subject.cgroup, resource))
        found.pressures[resource] = *it;
  if (subject.processes)
    found.processes = processes_of(layout, subject.cgroup);
  return found;
}

result<surveyed> look(const survey& what) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  auto all = surveyed{};
  for (const auto& subject : what.subjects)
    all.findings.push_back(look_at_workspace(*layout, subject));
  return all;
}

/// Those that ended meanwhile have no need of it.
result<void> set_priorities(const std::vector<priority_order>& orders) {
  for (const auto& it : orders)
    if (auto set = sys::set_niceness(it.pid, it.start_time, it.niceness);
        !set && !is_errno(set.error(), ESRCH))
      return set;
  return {};
}

void change(const cgroup_layout& layout, const std::vector<std::string>& disks,
            const resource_change& what, resources_changed& outcome) {
  auto note = [&](const char* controller, const result<void>& done) {
    outcome.outcomes.push_back(
      {what.id, controller, done ? caf::error{} : done.error()});
  };
  if (what.sets_cpu)
    note("cpu", limit_cpu(layout, what.cgroup, what.cpu));
  if (what.io != io_step::leave) {
    auto writes = what.io == io_step::hold ? io_control : io_release;
    note("io", write_controls(layout, what.cgroup,
                              writes(what.io_of, disks, layout.unified)));
  }
  if (!what.priorities.empty())
    note("priority", set_priorities(what.priorities));
}

result<resources_changed> change_all(const change_resources& what) {
  auto layout = sys::find_cgroups();
  if (!layout)
    return layout.error();
  auto disks = sys::find_disks();
  auto outcome = resources_changed{};
  for (const auto& it : what.changes)
    change(*layout, disks, it, outcome);
  return outcome;
}

} // namespace

resource_hand_actor::behavior_type
resource_worker(resource_hand_actor::pointer self) {
  return {
    [self](const survey& what) {
      return one_job(self, [&] { return look(what); });
    },
    [self](const change_resources& what) {
      return one_job(self, [&] { return change_all(what); });
    },
  };
}

} // namespace berth
