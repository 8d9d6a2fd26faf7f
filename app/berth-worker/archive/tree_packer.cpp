#include "app/berth-worker/archive/tree_packer.hpp"

#include "app/berth-worker/archive/limits.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace berth::worker {

namespace {

constexpr int64_t stat_block = 512;

struct free_entry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

int64_t inner_id(uint32_t id) {
  return id > last_id ? nobody : id;
}

bool is_kept_xattr(std::string_view name) {
  return name.starts_with("user.") && !name.starts_with("user.overlay.");
}

/// The names, each ended by a NUL; empty where the file system has none.
result<std::string> xattr_names(const tree_entry& entry) {
  auto names = std::string{};
  for (int attempt = 0; attempt < 8; ++attempt) {
    auto size = ::flistxattr(entry.fd, names.data(), names.size());
    if (size < 0 && (errno == ENOTSUP || errno == EPERM))
      return std::string{};
    if (size < 0 && errno == ERANGE) {
      names.clear();
      continue;
    }
    if (size < 0)
      return errno_error(errno, "flistxattr", entry.path);
    if (static_cast<size_t>(size) <= names.size()) {
      names.resize(static_cast<size_t>(size));
      return names;
    }
    names.resize(static_cast<size_t>(size));
  }
  return make_error(ec::aborted, "flistxattr " + entry.path + ": changes");
}

} // namespace

result<void> tree_packer::add(const tree_entry& from) {
  auto entry = std::unique_ptr<archive_entry, free_entry>{archive_entry_new()};
  auto* e = entry.get();
  archive_entry_set_pathname(e, from.path.c_str());
  archive_entry_set_mode(e, from.st.st_mode);
  archive_entry_set_uid(e, inner_id(from.st.st_uid));
  archive_entry_set_gid(e, inner_id(from.st.st_gid));
  archive_entry_set_mtime(e, from.st.st_mtim.tv_sec, from.st.st_mtim.tv_nsec);
  if (S_ISLNK(from.st.st_mode)) {
    if (auto ok = add_link(from, e); !ok)
      return ok;
  } else if (auto ok = add_xattrs(from, e); !ok) {
    return ok;
  }
  ++entries_;
  if (!S_ISREG(from.st.st_mode))
    return out_.begin(e);
  if (from.st.st_nlink > 1) {
    auto [first, is_new]
      = linked_.try_emplace({from.st.st_dev, from.st.st_ino}, from.path);
    if (!is_new) {
      archive_entry_xattr_clear(e);
      archive_entry_set_hardlink(e, first->second.c_str());
      archive_entry_set_size(e, 0);
      return out_.begin(e);
    }
  }
  return add_file(from, e);
}

result<void> tree_packer::add_link(const tree_entry& from, archive_entry* e) {
  // readlinkat(2): an empty name means the link that the descriptor is.
  auto n = ::readlinkat(from.fd, "", buffer_.data(), buffer_.size());
  if (n < 0)
    return errno_error(errno, "readlinkat", from.path);
  archive_entry_set_symlink(
    e, std::string{buffer_.data(), static_cast<size_t>(n)}.c_str());
  return {};
}

result<void> tree_packer::add_xattrs(const tree_entry& from, archive_entry* e) {
  auto names = xattr_names(from);
  if (!names)
    return names.error();
  for (size_t begin = 0; begin < names->size();) {
    auto* name = names->data() + begin;
    begin += std::strlen(name) + 1;
    if (!is_kept_xattr(name))
      continue;
    auto size = ::fgetxattr(from.fd, name, buffer_.data(), buffer_.size());
    if (size < 0 && errno == ENODATA)
      continue;
    if (size < 0)
      return errno_error(errno, "fgetxattr", from.path);
    archive_entry_xattr_add_entry(e, name, buffer_.data(),
                                  static_cast<size_t>(size));
  }
  return {};
}

result<std::vector<tree_packer::range>>
tree_packer::data_ranges(const tree_entry& from) const {
  auto size = static_cast<int64_t>(from.st.st_size);
  if (from.st.st_blocks * stat_block >= size)
    return std::vector{range{0, size}};
  auto out = std::vector<range>{};
  for (int64_t at = 0; at < size;) {
    auto begin = ::lseek(from.fd, at, SEEK_DATA);
    if (begin < 0 && errno == ENXIO)
      break; // a hole up to the end
    if (begin < 0 && errno == EINVAL)
      return std::vector{range{0, size}};
    if (begin < 0)
      return errno_error(errno, "lseek", from.path);
    auto end = ::lseek(from.fd, begin, SEEK_HOLE);
    if (end < 0)
      return errno_error(errno, "lseek", from.path);
    out.push_back({begin, std::min<int64_t>(end, size)});
    at = end;
  }
  // The size was fixed before; the file may have grown or shrunk since.
  std::erase_if(out, [size](const range& r) { return r.begin >= size; });
  return out;
}

result<void> tree_packer::add_file(const tree_entry& from, archive_entry* e) {
  auto size = static_cast<int64_t>(from.st.st_size);
  auto ranges = data_ranges(from);
  if (!ranges)
    return ranges.error();
  archive_entry_set_size(e, size);
  auto whole = ranges->size() == 1 && ranges->front().begin == 0
               && ranges->front().end == size;
  if (!whole && size > 0) {
    for (auto [begin, end] : *ranges)
      archive_entry_sparse_add_entry(e, begin, end - begin);
    // An empty range at the end is how a file of nothing but hole is said.
    if (ranges->empty())
      archive_entry_sparse_add_entry(e, size, 0);
  }
  if (auto ok = out_.begin(e); !ok)
    return ok;
  if (whole || size == 0)
    return copy(from, {0, size});
  int64_t at = 0;
  for (auto piece : *ranges) {
    if (auto ok = out_.skip(piece.begin - at); !ok)
      return ok;
    if (auto ok = copy(from, piece); !ok)
      return ok;
    at = piece.end;
  }
  return out_.skip(size - at);
}

result<void> tree_packer::copy(const tree_entry& from, range what) {
  for (auto at = what.begin; at < what.end;) {
    auto want
      = std::min<int64_t>(what.end - at, static_cast<int64_t>(buffer_.size()));
    auto n = ::pread(from.fd, buffer_.data(), static_cast<size_t>(want), at);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno_error(errno, "pread", from.path);
    if (n == 0) {
      // It shrank under us: the header has promised so many bytes.
      std::fill(buffer_.begin(), buffer_.begin() + want, '\0');
      n = want;
    }
    if (auto ok = out_.write({buffer_.data(), static_cast<size_t>(n)}); !ok)
      return ok;
    at += n;
    bytes_ += static_cast<uint64_t>(n);
  }
  return {};
}

} // namespace berth::worker
