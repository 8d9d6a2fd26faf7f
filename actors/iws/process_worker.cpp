#include "actors/iws/process_worker.hpp"

#include "actors/iws/helper_worker.hpp"
#include "actors/iws/target_worker.hpp"
#include "actors/one_job.hpp"

namespace berth {

namespace {

result<pinned> pin(const pin_process& what) {
  auto container = pin_container(what.container);
  if (!container)
    return container.error();
  auto found = sys::pin_inside(*container, what.container.cgroup, what.pid);
  if (!found)
    return found.error();
  return pinned{std::make_shared<const sys::pinned_process>(std::move(*found))};
}

/// The kernel takes a map from somebody of the namespace above the mapped one
/// only; which one that has to be depends on the kind of container.
result<void> check_parent(const sys::pinned_process& target,
                          const sys::pinned_process& container) {
  auto parent = sys::parent_namespace(target.user_ns);
  if (parent && sys::is_same_namespace(*parent, container.user_ns))
    return {};
  return make_error(ec::failed_precondition,
                    "the process is in no user namespace of its own");
}

result<void> write_map(const std::filesystem::path& helper,
                       const write_id_map& what) {
  const auto& where = what.container;
  auto map = where.kind == container_kind::own
               ? in_own_range(what.map, where.first_id)
               : what.map;
  if (auto checked
      = check_id_map(map, allowance_of(where.kind, where.first_id));
      !checked)
    return checked;
  auto container = pin_container(where);
  if (!container)
    return container.error();
  if (auto alive = check_alive(what.target); !alive)
    return alive;
  const auto& target = *what.target.process;
  if (auto checked = check_parent(target, *container); !checked)
    return checked;
  auto is_own = where.kind == container_kind::own;
  auto call = helper_call{"id-map"};
  call.option("--process-fd", target.dir);
  if (is_own)
    call.option("--userns-fd", container->user_ns);
  call.option(what.gid ? "gid" : "uid",
              id_map_text(map, is_own ? where.first_id : 0));
  return call.run(helper);
}

} // namespace

iws_process_actor::behavior_type
iws_process_worker(iws_process_actor::pointer self,
                   std::filesystem::path helper) {
  return {
    [self](const pin_process& what) {
      return one_job(self, [&] { return pin(what); });
    },
    [self, helper = std::move(helper)](const write_id_map& what) {
      return one_job(self, [&] { return write_map(helper, what); });
    },
  };
}

} // namespace berth
