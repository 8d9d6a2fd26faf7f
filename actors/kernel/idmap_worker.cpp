#include "actors/kernel/idmap_worker.hpp"

#include "actors/one_job.hpp"
#include "sys/userns.hpp"

namespace berth {

namespace {

result<userns> found_userns(const std::filesystem::path& helper,
                            const make_userns& what) {
  auto map = what.map;
  if (map.empty())
    map = "0 " + std::to_string(what.range.start) + " "
          + std::to_string(what.range.size) + "\n";
  auto ns = sys::make_userns(helper, map);
  if (!ns)
    return ns.error();
  return userns{std::make_shared<const sys::fd>(std::move(*ns))};
}

} // namespace

idmap_actor::behavior_type idmap_worker(idmap_actor::pointer self,
                                        std::filesystem::path helper) {
  return {
    [self, helper = std::move(helper)](const make_userns& what) {
      return one_job(self, [&] { return found_userns(helper, what); });
    },
  };
}

} // namespace berth
