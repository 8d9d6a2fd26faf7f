#include "actors/builds/cache_disk_worker.hpp"

#include "actors/one_job.hpp"
#include "core/builds/build_key.hpp"
#include "core/cache_directory.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace berth {

namespace {

namespace fs = std::filesystem;

cache_on_disk to_cache(cached_tree&& found) {
  return {std::move(found.key), found.bytes, found.used_ns};
}

result<cache_listing> list_of_caches(const fs::path& directory) {
  auto found = list_cached(directory, cache_key_digits);
  if (!found)
    return found.error();
  auto out = cache_listing{};
  for (auto& each : *found)
    out.caches.push_back(to_cache(std::move(each)));
  return out;
}

result<cache_on_disk> measure_used(const fs::path& directory,
                                   const std::string& key) {
  if (auto touched = touch_cached(directory, key); !touched)
    return touched.error();
  auto found = look_at_cached(directory, key);
  if (!found)
    return found.error();
  return to_cache(std::move(*found));
}

} // namespace

cache_disk_actor::behavior_type
cache_disk_worker(cache_disk_actor::pointer self, fs::path directory) {
  return {
    [=](list_caches) {
      return one_job(self, [&] { return list_of_caches(directory); });
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
