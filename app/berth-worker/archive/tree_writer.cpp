#include "app/berth-worker/archive/tree_writer.hpp"

#include "app/berth-worker/archive/early_write.hpp"
#include "app/berth-worker/archive/limits.hpp"
#include "core/content/paths.hpp"

#include <fcntl.h>
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace berth::worker {

namespace {

identity owner_of(archive_entry* entry) {
  // The range of a workspace ends there; and -1 means "leave it" to chown(2).
  auto clamp = [](int64_t id) {
    return id < 0 || id > last_id ? nobody : static_cast<uint32_t>(id);
  };
  return {clamp(archive_entry_uid(entry)), clamp(archive_entry_gid(entry))};
}

timespec mtime_of(archive_entry* entry) {
  return {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
}

std::array<timespec, 2> times_of(archive_entry* entry) {
  return {timespec{0, UTIME_OMIT}, mtime_of(entry)};
}

bool is_whiteout(const struct stat& st) {
  return S_ISCHR(st.st_mode) && st.st_rdev == 0;
}

result<void> write_at(int fd, const tar_block& block, const std::string& name) {
  for (size_t done = 0; done < block.bytes.size();) {
    auto n = ::pwrite(fd, block.bytes.data() + done, block.bytes.size() - done,
                      static_cast<off_t>(block.offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "pwrite", name);
    done += static_cast<size_t>(n);
  }
  return {};
}

/// Says that the archive is at fault where the kernel only refused.
caf::error blame_archive(const caf::error& why) {
  for (auto err : {ELOOP, EXDEV, ENOTDIR, EEXIST, ENAMETOOLONG, EISDIR})
    if (is_errno(why, err))
      return make_error(ec::data_loss, "archive: " + describe(why));
  return why;
}

} // namespace

result<void> tree_writer::add(tar_reader& in, archive_entry* entry,
                              const std::string& path) {
  offset_ = in.entry_offset();
  auto* link = archive_entry_hardlink(entry);
  auto type = archive_entry_filetype(entry);
  if (!link && type == AE_IFDIR)
    return add_directory(entry, path);
  auto parent = parent_of(path);
  if (!parent)
    return parent.error();
  auto at = split(path);
  if (rules_.layer && is_whiteout_name(at.name))
    return add_whiteout(at, path);
  if (link)
    return add_hard_link(link, path, at.name);
  switch (type) {
    case AE_IFREG: return add_file(in, entry, path, at.name);
    case AE_IFLNK: return add_symlink(entry, path, at.name);
    case AE_IFIFO:
      if (rules_.layer)
        return add_fifo(entry, at.name);
      [[fallthrough]];
    default: ++report.skipped; return {};
  }
}

result<int> tree_writer::parent_of(const std::string& path) {
  auto wanted = split(path).parent;
  if (!parent_ || wanted != parent_path_) {
    auto found = open_beneath(root_, wanted, O_RDONLY | O_DIRECTORY);
    if (!found && is_errno(found.error(), ENOENT))
      found = make_directories(root_, wanted, 0755, rules_.parents);
    if (!found)
      return blame_archive(found.error());
    parent_ = std::move(*found);
    parent_path_ = wanted;
  }
  return parent_.get();
}

result<void> tree_writer::add_directory(archive_entry* entry,
                                        const std::string& path) {
  auto dir = result<sys::fd>{sys::fd{}};
  if (!path.empty()) {
    auto parent = parent_of(path);
    if (!parent)
      return parent.error();
    auto name = split(path).name;
    struct stat st {};
    auto there
      = ::fstatat(*parent, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !S_ISDIR(st.st_mode)) {
      // A directory in place of something that was deleted starts empty.
      if (rules_.layer && is_whiteout(st) && opaque_.insert(path).second)
        report.opaque.push_back(path);
      if (auto ok = make_room(name); !ok)
        return ok;
      there = false;
    }
    if (!there && ::mkdirat(*parent, name.c_str(), 0700) < 0)
      return blame_archive(errno_error(errno, "mkdirat", path));
    dir = open_beneath(*parent, name, O_RDONLY | O_DIRECTORY);
  } else {
    dir = open_beneath(root_, "", O_RDONLY | O_DIRECTORY);
  }
  if (!dir)
    return blame_archive(dir.error());
  directories_.push_back({path, mtime_of(entry)});
  if (auto ok = dress(dir->get(), entry, path); !ok)
    return ok;
  return path.empty() ? result<void>{} : tell_made(dir->get(), path, {});
}

result<void> tree_writer::add_file(tar_reader& in, archive_entry* entry,
                                   const std::string& path,
                                   const std::string& name) {
  constexpr auto flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
  auto mode = mode_of(entry) & 0777;
  auto raw = ::openat(parent_.get(), name.c_str(), flags, mode);
  if (raw < 0 && errno == EEXIST) {
    if (auto ok = make_room(name); !ok)
      return ok;
    raw = ::openat(parent_.get(), name.c_str(), flags, mode);
  }
  if (raw < 0)
    return blame_archive(errno_error(errno, "openat", name));
  auto file = sys::fd{raw};
  auto early = early_write{raw};
  uint64_t end = 0;
  for (;;) {
    auto block = in.data();
    if (!block)
      return block.error();
    if (block->bytes.empty())
      break;
    if (auto ok = write_at(raw, *block, name); !ok)
      return ok;
    end = block->offset + block->bytes.size();
    early.reached(end);
    report.bytes += block->bytes.size();
    if (rules_.on_progress)
      rules_.on_progress(in.packed_bytes());
  }
  auto size = archive_entry_size(entry);
  if (size >= 0 && static_cast<uint64_t>(size) > end
      && ::ftruncate(raw, size) < 0)
    return errno_error(errno, "ftruncate", name);
  if (auto ok = dress(raw, entry, name); !ok)
    return ok;
  if (::futimens(raw, times_of(entry).data()) < 0)
    return errno_error(errno, "futimens", name);
  return tell_made(raw, path, {});
}

result<void> tree_writer::add_symlink(archive_entry* entry,
                                      const std::string& path,
                                      const std::string& name) {
  auto* target = archive_entry_symlink(entry);
  if (target == nullptr || *target == '\0')
    return make_error(ec::data_loss, "archive: a link to nowhere");
  if (::symlinkat(target, parent_.get(), name.c_str()) < 0) {
    if (errno != EEXIST)
      return blame_archive(errno_error(errno, "symlinkat", name));
    if (auto ok = make_room(name); !ok)
      return ok;
    if (::symlinkat(target, parent_.get(), name.c_str()) < 0)
      return errno_error(errno, "symlinkat", name);
  }
  auto owner = owner_of(entry);
  if (::fchownat(parent_.get(), name.c_str(), owner.uid, owner.gid,
                 AT_SYMLINK_NOFOLLOW)
      < 0)
    return errno_error(errno, "fchownat", name);
  if (::utimensat(parent_.get(), name.c_str(), times_of(entry).data(),
                  AT_SYMLINK_NOFOLLOW)
      < 0)
    return errno_error(errno, "utimensat", name);
  return tell_made(path, name, {});
}

result<void> tree_writer::add_hard_link(const std::string& target_text,
                                        const std::string& path,
                                        const std::string& name) {
  auto target = std::string_view{target_text};
  while (target.starts_with("./"))
    target.remove_prefix(2);
  auto refuse = make_error(ec::data_loss,
                           "archive: a hard link to what is no file of it");
  if (!is_inner_path(target, max_inner_name))
    return refuse;
  auto at = split(std::string{target});
  auto dir = open_beneath(root_, at.parent, O_RDONLY | O_DIRECTORY);
  struct stat st {};
  // Nobody else writes here, so the name still means the same below.
  if (!dir
      || ::fstatat(dir->get(), at.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0
      || !S_ISREG(st.st_mode))
    return refuse;
  struct stat here {};
  if (::fstatat(parent_.get(), name.c_str(), &here, AT_SYMLINK_NOFOLLOW) == 0) {
    if (here.st_ino == st.st_ino && here.st_dev == st.st_dev)
      return {};
    if (auto ok = make_room(name); !ok)
      return ok;
  }
  if (::linkat(dir->get(), at.name.c_str(), parent_.get(), name.c_str(), 0) < 0)
    return errno_error(errno, "linkat", name);
  return tell_made(path, name, std::string{target});
}

result<void> tree_writer::tell_made(int fd, const std::string& path,
                                    const std::string& link) {
  if (!rules_.on_made)
    return {};
  auto made = tree_entry{path, {}, fd};
  if (::fstat(fd, &made.st) < 0)
    return errno_error(errno, "fstat", path);
  if (S_ISDIR(made.st.st_mode))
    made.st.st_mtim = directories_.back().mtime;
  rules_.on_made(made, link, offset_);
  return {};
}

result<void> tree_writer::tell_made(const std::string& path,
                                    const std::string& name,
                                    const std::string& link) {
  if (!rules_.on_made)
    return {};
  auto made = open_beneath(parent_.get(), name, O_PATH);
  if (!made)
    return made.error();
  return tell_made(made->get(), path, link);
}

result<void> tree_writer::make_room(const std::string& name) {
  if (::unlinkat(parent_.get(), name.c_str(), 0) == 0 || errno == ENOENT)
    return {};
  if (errno == EISDIR || errno == EPERM)
    if (::unlinkat(parent_.get(), name.c_str(), AT_REMOVEDIR) == 0)
      return {};
  if (errno == ENOTEMPTY || errno == EEXIST)
    return make_error(ec::data_loss,
                      "archive: a full directory becomes something else");
  return errno_error(errno, "unlinkat", name);
}

mode_t tree_writer::mode_of(archive_entry* entry) const {
  auto mode = archive_entry_perm(entry) & 07777;
  return rules_.layer || rules_.keep_set_id ? mode : mode & 0777;
}

result<void> tree_writer::dress(int fd, archive_entry* entry,
                                const std::string& name) {
  if (hands_on_acls_)
    drop_inherited_acls(fd);
  auto owner = owner_of(entry);
  if (::fchown(fd, owner.uid, owner.gid) < 0)
    return errno_error(errno, "fchown", name);
  // chown(2) clears set-id bits and capabilities, so they come after it. A
  // file without such bits was made as it is to be.
  auto mode = mode_of(entry);
  auto has_mode = archive_entry_filetype(entry) == AE_IFREG && mode <= 0777
                  && !hands_on_acls_;
  if (!has_mode && ::fchmod(fd, mode) < 0)
    return errno_error(errno, "fchmod", name);
  if (auto ok = dress_xattrs(fd, entry, name); !ok)
    return ok;
  return rules_.layer ? result<void>{} : dress_acls(fd, entry, name);
}

result<void> tree_writer::dress_acls(int fd, archive_entry* entry,
                                     const std::string& name) {
  for (const auto& acl : acls_of(entry)) {
    hands_on_acls_
      = hands_on_acls_ || archive_entry_filetype(entry) == AE_IFDIR;
    if (auto ok = set_acl(fd, acl, name); !ok)
      return ok;
  }
  return {};
}

result<void> tree_writer::dress_xattrs(int fd, archive_entry* entry,
                                       const std::string& name) {
  if (archive_entry_xattr_reset(entry) == 0)
    return {};
  const char* key = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  while (archive_entry_xattr_next(entry, &key, &value, &size) == ARCHIVE_OK) {
    auto text = std::string_view{key};
    auto allowed
      = (text.starts_with("user.") && !text.starts_with("user.overlay."))
        || (rules_.layer && text == "security.capability");
    if (!allowed || ::fsetxattr(fd, key, value, size, 0) == 0)
      continue;
    if (errno != ENOTSUP && errno != EPERM)
      return errno_error(errno, "fsetxattr", name);
  }
  return {};
}

result<void> tree_writer::finish() {
  // Children before parents; and of two entries of one name the later counts.
  auto done = std::set<std::string_view>{};
  for (auto it = directories_.rbegin(); it != directories_.rend(); ++it) {
    if (!done.insert(it->path).second)
      continue;
    auto dir = open_beneath(root_, it->path, O_RDONLY | O_DIRECTORY);
    if (!dir)
      continue; // replaced by a later entry
    auto times = std::array{timespec{0, UTIME_OMIT}, it->mtime};
    if (::futimens(dir->get(), times.data()) < 0)
      return errno_error(errno, "futimens", it->path);
  }
  return {};
}

} // namespace berth::worker
