#include "actors/iws/door_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/idmap.hpp"
#include "sys/process.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <unistd.h>

#include <cerrno>

namespace berth {

namespace {

caf::error container_is_gone(const std::string& id) {
  return make_error(ec::not_found, "container of " + id + " is gone");
}

/// What tells the processes of a container: read first and believed after, for
/// the number may be another process's by now.
result<container_mark> mark_of(const layout& where, const wanted_door& wanted) {
  auto ns = sys::open_namespace(wanted.container.pid, "pid");
  if (!ns)
    return container_is_gone(wanted.id);
  auto started = sys::start_time(wanted.container.pid);
  if (!started || *started != wanted.container.start_time)
    return container_is_gone(wanted.id);
  return container_mark{std::make_shared<const sys::fd>(std::move(*ns)),
                        where.cgroup(wanted.id)};
}

/// For people, who look where everything else of a workspace is.
result<void> link_sockets(const layout& where, const std::string& id) {
  for (auto name : {"daemon.sock", "info.sock"}) {
    auto link = where.workspace(id) / name;
    auto target = where.shared(id).filename() / name;
    if (::symlink(target.c_str(), link.c_str()) < 0 && errno != EEXIST)
      return errno_error(errno, "symlink", link.native());
  }
  return {};
}

result<void> open_one(const layout& where, service_doors& at,
                      const wanted_door& wanted) {
  auto mark = mark_of(where, wanted);
  if (!mark)
    return mark.error();
  auto opened = at.open(
    {wanted.id, where.shared(wanted.id), std::move(*mark), wanted.service});
  return opened ? link_sockets(where, wanted.id) : opened;
}

result<void> open_each(const layout& where, service_doors& at,
                       const open_doors& what) {
  auto outcome = result<void>{};
  for (const auto& wanted : what.doors)
    if (auto opened = open_one(where, at, wanted); !opened && outcome)
      outcome = opened;
  return outcome;
}

} // namespace

door_actor::behavior_type door_worker(door_actor::pointer self, layout where,
                                      std::shared_ptr<service_doors> doors) {
  return {
    [self, where, doors](const open_doors& what) {
      return one_job(self, [&] { return open_each(where, *doors, what); });
    },
  };
}

} // namespace berth
