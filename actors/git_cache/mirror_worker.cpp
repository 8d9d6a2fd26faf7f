#include "actors/git_cache/mirror_worker.hpp"

#include "actors/one_job.hpp"
#include "core/content/digest.hpp"
#include "sys/file.hpp"
#include "sys/tree.hpp"
#include "sys/tree_size.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr size_t key_digits = 64;

result<mirror_on_disk> look_at_mirror(const fs::path& directory,
                                      const std::string& key) {
  auto path = directory / key;
  struct stat found;
  if (::stat(path.c_str(), &found) < 0)
    return errno_error(errno, "stat", path.native());
  auto size = sys::measure_tree(path);
  if (!size)
    return size.error();
  return mirror_on_disk{key, size->bytes,
                        found.st_mtim.tv_sec * 1'000'000'000
                          + found.st_mtim.tv_nsec};
}

result<mirror_listing> list_all(const fs::path& directory) {
  auto out = mirror_listing{};
  auto err = std::error_code{};
  for (const auto& each : fs::directory_iterator{directory, err}) {
    auto name = each.path().filename().native();
    auto is_leftover = name.starts_with(mirror_staging_prefix)
                       || name.starts_with(mirror_trash_prefix);
    if (is_leftover)
      if (auto gone = sys::remove_tree(each.path()); !gone)
        return gone.error();
    if (!is_hex(name, key_digits))
      continue;
    auto found = look_at_mirror(directory, name);
    if (!found)
      return found.error();
    out.mirrors.push_back(std::move(*found));
  }
  if (err && err.value() != ENOENT)
    return errno_error(err.value(), "list", directory.native());
  return out;
}

/// The time of its directory says when it was used: git changes what is in it.
result<void> touch(const fs::path& path) {
  if (::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) < 0)
    return errno_error(errno, "utimensat", path.native());
  return {};
}

result<void> stage_new(const fs::path& directory, const std::string& key) {
  auto path = directory / (mirror_staging_prefix + key);
  if (auto gone = sys::remove_tree(path); !gone)
    return gone;
  return sys::make_directories(path, 0755);
}

result<mirror_on_disk> place_new(const fs::path& directory,
                                 const std::string& key) {
  auto moved
    = sys::move(directory / (mirror_staging_prefix + key), directory / key);
  if (!moved && !is_errno(moved.error(), EEXIST)
      && !is_errno(moved.error(), ENOENT))
    return moved.error();
  return look_at_mirror(directory, key);
}

/// Out of its name first: half a mirror must never pass for a whole one.
result<void> remove_one(const fs::path& directory, const std::string& key) {
  auto trash = directory / (mirror_trash_prefix + key);
  if (auto gone = sys::remove_tree(trash); !gone)
    return gone;
  auto moved = sys::move(directory / key, trash);
  if (!moved && !is_errno(moved.error(), ENOENT))
    return moved;
  return sys::remove_tree(trash);
}

} // namespace

mirror_disk_actor::behavior_type mirror_worker(mirror_disk_actor::pointer self,
                                               fs::path directory) {
  return {
    [=](list_mirrors) {
      return one_job(self, [&] { return list_all(directory); });
    },
    [=](const touch_mirror& what) {
      return one_job(self, [&] { return touch(directory / what.key); });
    },
    [=](const stage_mirror& what) {
      return one_job(self, [&] { return stage_new(directory, what.key); });
    },
    [=](const place_mirror& what) {
      return one_job(self, [&] { return place_new(directory, what.key); });
    },
    [=](const remove_mirror& what) {
      return one_job(self, [&] { return remove_one(directory, what.key); });
    },
  };
}

} // namespace berth
