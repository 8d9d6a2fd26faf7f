#include "core/objects/staging.hpp"

#include "sys/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace berth {

namespace {

namespace fs = std::filesystem;

result<sys::fd> open_staged(const fs::path& path, int flags) {
  constexpr auto safely = O_CLOEXEC | O_NOFOLLOW;
  auto file = sys::fd{::open(path.c_str(), flags | safely, 0600)};
  if (!file)
    return errno_error(errno, "open", path.native());
  return file;
}

result<staged_object> open_both_ends(const fs::path& path, int flags) {
  auto writer = open_staged(path, O_WRONLY | flags);
  if (!writer)
    return writer.error();
  auto reader = open_staged(path, O_RDONLY);
  if (!reader)
    return reader.error();
  return staged_object{path, std::move(*writer), std::move(*reader)};
}

} // namespace

result<staged_object> staging_directory::create(const std::string& name) const {
  if (name.empty() || name.front() == '.' || name.find('/') != name.npos)
    return make_error(ec::invalid_argument, "not a name of a staged object");
  if (auto made = sys::make_directories(where_, 0700); !made)
    return made.error();
  auto path = where_ / name;
  // A new inode: who still holds the earlier file cannot write into this one.
  if (::unlink(path.c_str()) < 0 && errno != ENOENT)
    return errno_error(errno, "unlink", path.native());
  return open_both_ends(path, O_CREAT | O_EXCL);
}

result<staged_object> staging_directory::reopen(const std::string& name) const {
  auto staged = open_both_ends(where_ / name, 0);
  if (!staged && is_errno(staged.error(), ENOENT))
    return make_error(ec::not_found, "nothing is staged as " + name);
  return staged;
}

result<void> staging_directory::remove(const staged_object& staged) const {
  if (::unlink(staged.path.c_str()) < 0 && errno != ENOENT)
    return errno_error(errno, "unlink", staged.path.native());
  return {};
}

result<void> staging_directory::remove(const std::string& name) const {
  auto path = where_ / name;
  if (::unlink(path.c_str()) < 0 && errno != ENOENT)
    return errno_error(errno, "unlink", path.native());
  return {};
}

result<void> staging_directory::settle(const staged_object& staged) const {
  if (::fsync(staged.writer.get()) < 0)
    return errno_error(errno, "fsync", staged.path.native());
  return sys::sync_directory(where_);
}

result<void>
staging_directory::keep_only(const std::set<std::string>& names) const {
  auto err = std::error_code{};
  for (const auto& entry : fs::directory_iterator{where_, err})
    if (!names.contains(entry.path().filename().native()))
      fs::remove_all(entry.path(), err);
  if (err && err.value() != ENOENT)
    return errno_error(err.value(), "clean", where_.native());
  return {};
}

} // namespace berth
