#include "actors/content/content_root_worker.hpp"

#include "actors/content/ready_file.hpp"
#include "sys/file.hpp"
#include "sys/quota.hpp"
#include "sys/tree_size.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr uid_t content_owner = 33333;

/// Makes a directory that belongs to the workspace's user.
result<sys::fd> make_owned(int at, const char* name, mode_t mode) {
  if (::mkdirat(at, name, mode) < 0 && errno != EEXIST)
    return errno_error(errno, "mkdir", name);
  auto made = sys::fd{
    ::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!made)
    return errno_error(errno, "open", name);
  if (::fchown(made.get(), content_owner, content_owner) < 0
      || ::fchmod(made.get(), mode) < 0) // whatever the umask
    return errno_error(errno, "fchown", name);
  return made;
}

} // namespace

/// Limited where the file system can; elsewhere what it holds is watched.
result<done> make_root(const make_content_root& what) {
  constexpr mode_t mode = 0755;
  auto limited = result<void>{errno_error(ENOTSUP, "limit", what.path)};
  if (what.quota_bytes > 0)
    limited = sys::make_limited_directory(what.path, mode, what.quota_bytes);
  if (limited)
    return done{};
  if (!is_errno(limited.error(), ENOTSUP))
    return limited.error();
  if (auto made = sys::make_directories(what.path, mode); !made)
    return made.error();
  return done{};
}

result<content_measured> weigh_root(const weigh_content& what) {
  auto size = sys::measure_tree(what.directory);
  if (!size)
    return size.error();
  return content_measured{size->bytes,
                          sys::is_limited_directory(what.directory)};
}

/// Only ever done below a staging directory, which no workspace has seen.
result<done> fill_root(const fill_empty& what) {
  auto parent = fs::path{what.staging}.parent_path();
  if (auto made = sys::make_directories(parent, 0700); !made)
    return made.error();
  if (auto made = make_root({what.staging, what.quota_bytes}); !made)
    return made.error();
  auto root = make_owned(AT_FDCWD, what.staging.c_str(), 0755);
  if (!root)
    return root.error();
  auto dot_gitpod = make_owned(root->get(), ".gitpod", 0777);
  if (!dot_gitpod)
    return dot_gitpod.error();
  auto ready = sys::fd{::openat(dot_gitpod->get(), "ready",
                                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
  if (!ready)
    return errno_error(errno, "open", "ready");
  auto text = to_ready_file({"", "from-other", {}});
  if (::write(ready.get(), text.data(), text.size())
      != static_cast<ssize_t>(text.size()))
    return errno_error(errno, "write", "ready");
  if (::fchown(ready.get(), content_owner, content_owner) < 0
      || ::fchmod(ready.get(), 0644) < 0)
    return errno_error(errno, "fchown", "ready");
  // No fsync: nothing is in it that could be lost.
  if (::renameat2(AT_FDCWD, what.staging.c_str(), AT_FDCWD, what.live.c_str(),
                  RENAME_NOREPLACE)
      < 0)
    return errno_error(errno, "renameat2", what.live);
  return done{};
}

result<done> make_root_of(const take_place& what) {
  auto parent = fs::path{what.staging}.parent_path();
  if (auto made = sys::make_directories(parent, 0700); !made)
    return made.error();
  if (what.quota_bytes > 0 && sys::can_limit_directories(parent))
    return make_error(ec::failed_precondition, "the place has no limit");
  if (::rename(what.place.c_str(), what.staging.c_str()) < 0)
    return errno_error(errno, "rename", what.place);
  return done{};
}

} // namespace berth
