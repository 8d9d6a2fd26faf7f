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

result<void> stage_new(const fs::path& directory, const std::string& key) {
  auto path = directory / (cache_staging_prefix + key);
  if (auto gone = sys::remove_tree(path); !gone)
    return gone;
  return sys::make_directories(path, 0755);
}

result<cached_tree> place_new(const fs::path& directory,
                              const std::string& key) {
  auto moved
    = sys::move(directory / (cache_staging_prefix + key), directory / key);
  if (!moved && !is_errno(moved.error(), EEXIST)
      && !is_errno(moved.error(), ENOENT))
    return moved.error();
  return look_at_cached(directory, key);
}

result<void> remove_all(const fs::path& directory, const std::string& key) {
  if (auto gone = sys::remove_tree(directory / (cache_staging_prefix + key));
      !gone)
    return gone;
  return remove_cached(directory, key);
}

} // namespace

mirror_disk_actor::behavior_type mirror_worker(mirror_disk_actor::pointer self,
                                               fs::path directory) {
  return {
    [=](list_mirrors) {
      return one_job(self, [&] { return list_cached(directory, key_digits); });
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
      return one_job(self, [&] { return remove_all(directory, what.key); });
    },
  };
}

} // namespace berth
