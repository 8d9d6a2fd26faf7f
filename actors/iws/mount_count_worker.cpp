#include "actors/iws/mount_count_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/mount_count.hpp"
#include "sys/pinned.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace berth {

namespace {

result<mount_namespace> namespace_of(const find_mount_namespace& what) {
  auto id = sys::mount_namespace_id(what.process.process->mount_ns);
  if (!id)
    return id.error();
  return mount_namespace{*id};
}

result<mounts_left> recount(const recount_mounts& what) {
  auto left = mounts_left{};
  for (auto made : what.made) {
    auto there = sys::count_mounts(made.mount_namespace);
    if (!there)
      return there.error();
    made.kernel = std::min(made.kernel, there->kernel);
    made.nfs = std::min(made.nfs, there->nfs);
    if (made.kernel + made.nfs > 0)
      left.made.push_back(made);
  }
  return left;
}

} // namespace

mount_count_actor::behavior_type
mount_count_worker(mount_count_actor::pointer self) {
  return {
    [self](const find_mount_namespace& what) {
      return one_job(self, [&] { return namespace_of(what); });
    },
    [self](const recount_mounts& what) {
      return one_job(self, [&] { return recount(what); });
    },
  };
}

} // namespace berth
