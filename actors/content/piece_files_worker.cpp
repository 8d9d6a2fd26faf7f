#include "actors/content/piece_files_worker.hpp"

#include "core/log.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <filesystem>

namespace berth {

namespace {

namespace fs = std::filesystem;

/// A workspace that is started every few weeks gains nothing from an index:
/// its restore makes a new one.
constexpr auto index_lifetime = std::chrono::days{30};

int64_t now_less(std::chrono::nanoseconds margin) {
  auto now = std::chrono::system_clock::now().time_since_epoch() - margin;
  return std::chrono::nanoseconds{now}.count();
}

fs::path staged_index(const std::string& directory, const std::string& name) {
  return fs::path{directory} / (".new-" + name);
}

/// The newest backup and what it needs, if there is an index of it.
void find_known(const object_storage& storage, const stage_archive& what,
                staged_pieces& out) {
  auto kept = storage.generations(what.of);
  if (!kept || kept->empty())
    return;
  const auto& newest = kept->front();
  auto path = fs::path{*what.pieces} / newest.file;
  auto file = sys::fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!file)
    return;
  out.index = std::make_shared<const sys::fd>(std::move(file));
  out.objects = newest.needs;
  out.objects.push_back({newest.file, newest.bytes});
  out.sha256 = newest.sha256;
}

} // namespace

result<sys::shared_fd> stage_index(const std::string& directory,
                                   const std::string& name) {
  if (auto made = sys::make_directories(directory, 0700); !made)
    return made.error();
  constexpr auto flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  auto path = staged_index(directory, name);
  auto file = sys::fd{::open(path.c_str(), flags, 0600)};
  if (!file)
    return errno_error(errno, "open", path.native());
  return std::make_shared<const sys::fd>(std::move(file));
}

result<staged_pieces> stage_pieces(const object_storage& storage,
                                   const stage_archive& what) {
  auto out = staged_pieces{};
  out.settled_before = now_less(settling_time);
  if (!what.is_final && !what.is_view)
    if (auto synced = sys::sync_file_system(what.directory); !synced)
      return synced.error();
  if (!what.is_final) {
    auto staged = stage_index(*what.pieces, what.name);
    if (!staged)
      return staged.error();
    out.new_index = std::move(*staged);
  }
  find_known(storage, what, out);
  return out;
}

result<void> keep(const keep_index& what) {
  auto directory = fs::path{what.directory};
  auto from = staged_index(what.directory, what.name);
  struct stat st = {};
  if (::lstat(from.c_str(), &st) == 0 && st.st_size > 0
      && ::rename(from.c_str(), (directory / what.object).c_str()) < 0)
    return errno_error(errno, "rename", from.native());
  auto is_kept = st.st_size > 0;
  auto err = std::error_code{};
  for (const auto& entry : fs::directory_iterator{directory, err})
    if (!is_kept || entry.path().filename() != what.object)
      fs::remove(entry.path(), err);
  if (!is_kept)
    fs::remove(directory, err);
  return {};
}

void clean_indexes(const std::string& all) {
  auto err = std::error_code{};
  auto now = fs::file_time_type::clock::now();
  for (const auto& entry : fs::recursive_directory_iterator{all, err}) {
    if (!entry.is_regular_file(err))
      continue;
    if (now - entry.last_write_time(err) > index_lifetime
        && !fs::remove(entry.path(), err))
      log_warning("index-not-removed", "", err.message());
  }
}

} // namespace berth
