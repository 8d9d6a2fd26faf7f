#include "core/cache_directory.hpp"

#include "core/content/digest.hpp"
#include "core/log.hpp"
#include "sys/file.hpp"
#include "sys/tree.hpp"
#include "sys/tree_size.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>

namespace berth {

namespace fs = std::filesystem;

namespace {

/// What cannot be removed now is removed by the next look.
void empty_bin(const fs::path& trash) {
  if (auto gone = sys::remove_tree(trash); !gone)
    log_warning("cache-leftover", trash.native(), describe(gone.error()));
}

} // namespace

result<cached_tree> look_at_cached(const fs::path& directory,
                                   const std::string& key) {
  auto path = directory / key;
  struct stat found;
  if (::stat(path.c_str(), &found) < 0)
    return errno_error(errno, "stat", path.native());
  auto size = sys::measure_tree(path);
  if (!size)
    return size.error();
  return cached_tree{key, size->bytes,
                     found.st_mtim.tv_sec * 1'000'000'000
                       + found.st_mtim.tv_nsec};
}

result<cached_trees> list_cached(const fs::path& directory, size_t digits) {
  auto out = cached_trees{};
  auto err = std::error_code{};
  for (const auto& each : fs::directory_iterator{directory, err}) {
    auto name = each.path().filename().native();
    auto is_leftover = name.starts_with(cache_staging_prefix)
                       || name.starts_with(cache_trash_prefix);
    if (is_leftover)
      empty_bin(each.path());
    if (!is_hex(name, digits))
      continue;
    auto found = look_at_cached(directory, name);
    if (found)
      out.trees.push_back(std::move(*found));
    else // the others count nevertheless
      log_warning("cache-not-measured", name, describe(found.error()));
  }
  if (err && err.value() != ENOENT)
    return errno_error(err.value(), "list", directory.native());
  return out;
}

result<void> touch_cached(const fs::path& directory, const std::string& key) {
  auto path = directory / key;
  if (::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) < 0)
    return errno_error(errno, "utimensat", path.native());
  return {};
}

result<void> remove_cached(const fs::path& directory, const std::string& key) {
  auto now = std::chrono::system_clock::now().time_since_epoch().count();
  auto trash
    = directory / (cache_trash_prefix + key + "-" + std::to_string(now));
  auto moved = sys::move(directory / key, trash);
  if (!moved && is_errno(moved.error(), ENOENT))
    return {};
  if (moved)
    empty_bin(trash);
  return moved;
}

} // namespace berth
