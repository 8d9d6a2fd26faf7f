#include "actors/content/task_log_worker.hpp"

#include "core/log.hpp"
#include "model/ids.hpp"
#include "sys/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace berth {

namespace {

/// A workspace could make any number of files of any size.
constexpr size_t most_logs = 100;
constexpr size_t longest_log = 64 * 1024 * 1024;

struct place {
  const char* directory;
  std::string_view prefix;
};

/// Where logs are looked for; the last one is how they were called once.
constexpr place places[] = {
  {".", "prebuild-log-"},
  {".gitpod", "prebuild-log-"},
  {".", ".prebuild-log-"},
};

std::vector<std::string> tasks_in(const sys::fd& directory,
                                  std::string_view prefix) {
  // closedir closes what it was given.
  auto raw = ::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  auto listing = std::unique_ptr<DIR, int (*)(DIR*)>{
    raw < 0 ? nullptr : ::fdopendir(raw), &::closedir};
  auto tasks = std::vector<std::string>{};
  while (auto* entry = listing ? ::readdir(listing.get()) : nullptr) {
    auto name = std::string_view{entry->d_name};
    if (!name.starts_with(prefix))
      continue;
    auto task = name.substr(prefix.size());
    if (is_valid_id(task))
      tasks.emplace_back(task);
    else
      log_warning("task-log-skipped", "", "its name has no valid task in it");
  }
  std::sort(tasks.begin(), tasks.end());
  if (tasks.size() > most_logs)
    tasks.resize(most_logs);
  return tasks;
}

result<void> copy(const sys::fd& from, const sys::fd& to) {
  auto chunk = std::array<char, 64 * 1024>{};
  for (size_t copied = 0; copied < longest_log;) {
    auto wanted = std::min(chunk.size(), longest_log - copied);
    auto n = ::read(from.get(), chunk.data(), wanted);
    if (n == 0)
      return {};
    if (n < 0)
      return errno_error(errno, "read", "task log");
    if (::write(to.get(), chunk.data(), static_cast<size_t>(n)) != n)
      return errno_error(errno, "write", "staged task log");
    copied += static_cast<size_t>(n);
  }
  return {};
}

bool is_regular(const sys::fd& file) {
  struct stat st = {};
  return ::fstat(file.get(), &st) == 0 && S_ISREG(st.st_mode);
}

result<void> store_one(object_storage& storage, const store_logs& what,
                       const sys::fd& directory, const std::string& file,
                       const std::string& task) {
  auto log = sys::open_beneath(directory.get(), file, O_RDONLY);
  if (!log || !is_regular(*log))
    return {}; // a link, or gone meanwhile: nobody's log
  auto staged = storage.staging().create(what.id.instance + ".log." + task);
  if (!staged)
    return staged.error();
  auto stored = copy(*log, staged->writer);
  if (stored)
    stored = storage.publish_log({what.id.owner, what.id.meta_id},
                                 what.id.instance, task, *staged);
  if (!stored)
    (void)storage.staging().remove(*staged);
  return stored;
}

} // namespace

result<void> store_task_logs(object_storage& storage, const store_logs& what) {
  auto content = sys::open_directory(what.directory);
  if (!content)
    return content.error();
  for (const auto& [name, prefix] : places) {
    auto directory
      = sys::open_beneath(content->get(), name, O_RDONLY | O_DIRECTORY);
    if (!directory)
      continue;
    auto tasks = tasks_in(*directory, prefix);
    auto outcome = result<void>{};
    for (const auto& task : tasks)
      if (auto stored = store_one(storage, what, *directory,
                                  std::string{prefix} + task, task);
          !stored)
        outcome = stored;
    if (!tasks.empty())
      return outcome;
  }
  return {};
}

} // namespace berth
