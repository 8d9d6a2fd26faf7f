#include "app/berth-worker/archive/tree_copier.hpp"

#include "app/berth-worker/archive/limits.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace berth::worker {

namespace {

/// A copy leaves this much of the disk to others.
constexpr uint64_t room_for_others = 64ull * 1024 * 1024;

uint32_t kept_id(uint32_t id) {
  return id > last_id ? nobody : id;
}

std::array<timespec, 2> kept_times(const struct stat& st) {
  return {timespec{0, UTIME_OMIT}, st.st_mtim};
}

} // namespace

result<void> tree_copier::add(const tree_entry& from) {
  auto at = split(from.path);
  if (auto ok = enter(at.parent); !ok)
    return ok;
  ++entries_;
  if (S_ISDIR(from.st.st_mode))
    return add_directory(from, at.name);
  if (S_ISLNK(from.st.st_mode))
    return add_symlink(from, at.name);
  if (from.st.st_nlink > 1) {
    auto [first, is_new]
      = linked_.try_emplace({from.st.st_dev, from.st.st_ino}, from.path);
    if (!is_new)
      return add_hard_link(first->second, at.name);
  }
  return add_file(from, at.name);
}

result<void> tree_copier::enter(const std::string& parent) {
  if (parent_ && parent == parent_path_)
    return {};
  auto found = open_beneath(root_, parent, O_RDONLY | O_DIRECTORY);
  if (!found)
    return found.error();
  parent_ = std::move(*found);
  parent_path_ = parent;
  return {};
}

result<void> tree_copier::add_directory(const tree_entry& from,
                                        const std::string& name) {
  if (::mkdirat(parent_.get(), name.c_str(), 0700) < 0)
    return errno_error(errno, "mkdirat", from.path);
  auto made = open_beneath(parent_.get(), name, O_RDONLY | O_DIRECTORY);
  if (!made)
    return made.error();
  directories_.push_back({from.path, from.st.st_mtim});
  return dress(from, made->get());
}

result<void> tree_copier::add_symlink(const tree_entry& from,
                                      const std::string& name) {
  auto n = ::readlinkat(from.fd, "", buffer_.data(), buffer_.size());
  if (n < 0)
    return errno_error(errno, "readlinkat", from.path);
  auto target = std::string{buffer_.data(), static_cast<size_t>(n)};
  if (::symlinkat(target.c_str(), parent_.get(), name.c_str()) < 0)
    return errno_error(errno, "symlinkat", from.path);
  if (::fchownat(parent_.get(), name.c_str(), kept_id(from.st.st_uid),
                 kept_id(from.st.st_gid), AT_SYMLINK_NOFOLLOW)
      < 0)
    return errno_error(errno, "fchownat", from.path);
  if (::utimensat(parent_.get(), name.c_str(), kept_times(from.st).data(),
                  AT_SYMLINK_NOFOLLOW)
      < 0)
    return errno_error(errno, "utimensat", from.path);
  return {};
}

result<void> tree_copier::add_hard_link(const std::string& target,
                                        const std::string& name) const {
  auto at = split(target);
  auto dir = open_beneath(root_, at.parent, O_RDONLY | O_DIRECTORY);
  if (!dir)
    return dir.error();
  if (::linkat(dir->get(), at.name.c_str(), parent_.get(), name.c_str(), 0) < 0)
    return errno_error(errno, "linkat", target);
  return {};
}

result<void> tree_copier::add_file(const tree_entry& from,
                                   const std::string& name) {
  constexpr auto flags = O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC;
  auto to = sys::fd{::openat(parent_.get(), name.c_str(), flags, 0600)};
  if (!to)
    return errno_error(errno, "openat", from.path);
  if (auto ok = fill(from, to.get()); !ok)
    return ok;
  bytes_ += static_cast<uint64_t>(from.st.st_size);
  if (note_origins_)
    note_origin(to.get(), origin_of(from.st));
  if (auto ok = dress(from, to.get()); !ok)
    return ok;
  if (::futimens(to.get(), kept_times(from.st).data()) < 0)
    return errno_error(errno, "futimens", from.path);
  return {};
}

result<void> tree_copier::fill(const tree_entry& from, int to) {
  if (from.st.st_size == 0)
    return {};
  if (can_share_) {
    if (::ioctl(to, FICLONE, from.fd) == 0)
      return {};
    can_share_ = false;
  }
  if (auto ok = check_room(from); !ok)
    return ok;
  auto ranges = data_ranges(from);
  if (!ranges)
    return ranges.error();
  for (auto piece : *ranges)
    if (auto ok = copy(from, to, piece); !ok)
      return ok;
  if (::ftruncate(to, from.st.st_size) < 0)
    return errno_error(errno, "ftruncate", from.path);
  return {};
}

result<void> tree_copier::copy(const tree_entry& from, int to,
                               byte_range what) {
  for (auto in = what.begin, out = what.begin; in < what.end;) {
    auto n = ::copy_file_range(from.fd, &in, to, &out,
                               static_cast<size_t>(what.end - in), 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "copy_file_range", from.path);
    if (n == 0)
      return {}; // it shrank under us; the rest is a hole
  }
  return {};
}

result<void> tree_copier::check_room(const tree_entry& from) const {
  struct statvfs disk {};
  if (::fstatvfs(root_, &disk) < 0)
    return errno_error(errno, "fstatvfs", from.path);
  auto free = uint64_t{disk.f_bavail} * disk.f_frsize;
  auto needed = static_cast<uint64_t>(from.st.st_blocks) * 512;
  if (free < needed + room_for_others)
    return make_error(ec::exhausted, "too little room for a copy");
  return {};
}

result<void> tree_copier::dress(const tree_entry& from, int to) {
  if (hands_on_acls_)
    drop_inherited_acls(to);
  if (::fchown(to, kept_id(from.st.st_uid), kept_id(from.st.st_gid)) < 0)
    return errno_error(errno, "fchown", from.path);
  // chown(2) clears set-id bits, so they come after it.
  if (::fchmod(to, from.st.st_mode & 07777) < 0)
    return errno_error(errno, "fchmod", from.path);
  return for_each_xattr(
    from, buffer_,
    [&](const char* name, std::string_view value) -> result<void> {
      if (is_acl(name)) {
        hands_on_acls_ = hands_on_acls_ || S_ISDIR(from.st.st_mode);
        return set_acl(to, sound_acl(name, value), from.path);
      }
      if (::fsetxattr(to, name, value.data(), value.size(), 0) < 0)
        return errno_error(errno, "fsetxattr", from.path);
      return {};
    });
}

result<void> tree_copier::finish() {
  // Children before parents.
  for (auto it = directories_.rbegin(); it != directories_.rend(); ++it) {
    auto dir = open_beneath(root_, it->path, O_RDONLY | O_DIRECTORY);
    if (!dir)
      return dir.error();
    auto times = std::array{timespec{0, UTIME_OMIT}, it->mtime};
    if (::futimens(dir->get(), times.data()) < 0)
      return errno_error(errno, "futimens", it->path);
  }
  return {};
}

} // namespace berth::worker
