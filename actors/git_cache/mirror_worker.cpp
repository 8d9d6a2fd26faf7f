#include "actors/git_cache/mirror_worker.hpp"

#include "actors/one_job.hpp"
#include "core/cache_directory.hpp"
#include "sys/file.hpp"
#include "sys/tree.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cerrno>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr size_t key_digits = 64;

result<mirror_on_disk> look_at_mirror(const fs::path& directory,
                                      const std::string& key) {
  auto found = look_at_cached(directory, key);
  if (!found)
    return found.error();
  return mirror_on_disk{found->key, found->bytes, found->used_ns};
}

result<mirror_listing> list_all(const fs::path& directory) {
  auto found = list_cached(directory, key_digits);
  if (!found)
    return found.error();
  auto out = mirror_listing{};
  for (auto& each : *found)
    out.mirrors.push_back({std::move(each.key), each.bytes, each.used_ns});
  return out;
}

result<void> stage_new(const fs::path& directory, const std::string& key) {
  auto path = directory / (cache_staging_prefix + key);
  if (auto gone = sys::remove_tree(path); !gone)
    return gone;
  return sys::make_directories(path, 0755);
}

result<mirror_on_disk> place_new(const fs::path& directory,
                                 const std::string& key) {
  auto moved
    = sys::move(directory / (cache_staging_prefix + key), directory / key);
  if (!moved && !is_errno(moved.error(), EEXIST)
      && !is_errno(moved.error(), ENOENT))
    return moved.error();
  return look_at_mirror(directory, key);
}

} // namespace

mirror_disk_actor::behavior_type mirror_worker(mirror_disk_actor::pointer self,
                                               fs::path directory) {
  return {
    [=](list_mirrors) {
      return one_job(self, [&] { return list_all(directory); });
    },
    [=](const touch_mirror& what) {
      return one_job(self, [&] { return touch_cached(directory, what.key); });
    },
    [=](const stage_mirror& what) {
      return one_job(self, [&] { return stage_new(directory, what.key); });
    },
    [=](const place_mirror& what) {
      return one_job(self, [&] { return place_new(directory, what.key); });
    },
    [=](const remove_mirror& what) {
      return one_job(self, [&] { return remove_cached(directory, what.key); });
    },
  };
}

} // namespace berth
