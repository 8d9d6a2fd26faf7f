#include "actors/kernel/mount_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/mount.hpp"

namespace berth {

namespace {

result<detached_root> join(const join_layers& what) {
  if (!what.owner || !*what.owner)
    return make_error(ec::invalid_argument, "join layers: no user namespace");
  auto spec = sys::overlay_spec{};
  spec.layers.assign(what.layers.begin(), what.layers.end());
  spec.upper = what.upper;
  spec.first_id = what.range.start;
  auto mount = sys::mount_overlay(spec, *what.owner);
  if (!mount)
    return mount.error();
  return detached_root{std::make_shared<const sys::fd>(std::move(*mount))};
}

} // namespace

mount_actor::behavior_type mount_worker(mount_actor::pointer self) {
  return {
    [self](const join_layers& what) {
      return one_job(self, [&] { return join(what); });
    },
  };
}

} // namespace berth
