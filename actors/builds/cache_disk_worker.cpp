#include "actors/builds/cache_disk_worker.hpp"

#include "actors/one_job.hpp"
#include "core/builds/build_key.hpp"
#include "core/cache_directory.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

namespace {

namespace fs = std::filesystem;

result<cached_tree> measure_used(const fs::path& directory,
                                 const std::string& key) {
  if (auto touched = touch_cached(directory, key); !touched)
    return touched.error();
  return look_at_cached(directory, key);
}

} // namespace

cache_disk_actor::behavior_type
cache_disk_worker(cache_disk_actor::pointer self, fs::path directory) {
  return {
    [=](list_caches) {
      return one_job(self,
                     [&] { return list_cached(directory, cache_key_digits); });
    },
    [=](const measure_cache& what) {
      return one_job(self, [&] { return measure_used(directory, what.key); });
    },
    [=](const remove_cache& what) {
      return one_job(self, [&] { return remove_cached(directory, what.key); });
    },
  };
}

} // namespace berth
