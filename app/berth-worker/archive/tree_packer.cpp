#include "app/berth-worker/archive/tree_packer.hpp"

#include "app/berth-worker/archive/acl.hpp"
#include "app/berth-worker/archive/limits.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace berth::worker {

namespace {

struct free_entry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

int64_t inner_id(uint32_t id) {
  return id > last_id ? nobody : id;
}

} // namespace

std::string hard_links::first_name_of(const tree_entry& entry) {
  if (!S_ISREG(entry.st.st_mode) || entry.st.st_nlink < 2)
    return {};
  auto [first, is_new]
    = first_.try_emplace({entry.st.st_dev, entry.st.st_ino}, entry.path);
  return is_new ? std::string{} : first->second;
}

bool has_data(const tree_entry& entry, const std::string& link) {
  return S_ISREG(entry.st.st_mode) && link.empty() && entry.st.st_size > 0;
}

result<void> tree_packer::add_header(const tree_entry& from,
                                     const std::string& link) {
  auto entry = std::unique_ptr<archive_entry, free_entry>{archive_entry_new()};
  auto* e = entry.get();
  archive_entry_set_pathname(e, from.path.c_str());
  archive_entry_set_mode(e, from.st.st_mode);
  archive_entry_set_uid(e, inner_id(from.st.st_uid));
  archive_entry_set_gid(e, inner_id(from.st.st_gid));
  archive_entry_set_mtime(e, from.st.st_mtim.tv_sec, from.st.st_mtim.tv_nsec);
  ++entries_;
  auto ok = result<void>{};
  if (!link.empty()) {
    archive_entry_set_hardlink(e, link.c_str());
    archive_entry_set_size(e, 0);
  } else if (S_ISLNK(from.st.st_mode)) {
    ok = add_link(from, e);
  } else {
    ok = add_xattrs(from, e);
    if (ok && S_ISREG(from.st.st_mode))
      ok = add_ranges(from, e);
  }
  return ok ? out_.begin(e) : ok;
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
  return for_each_xattr(
    from, buffer_, [&](const char* name, std::string_view value) {
      if (is_acl(name))
        add_acl(e, name, value);
      else
        archive_entry_xattr_add_entry(e, name, value.data(), value.size());
      return result<void>{};
    });
}

result<void> tree_packer::add_ranges(const tree_entry& from, archive_entry* e) {
  auto size = static_cast<int64_t>(from.st.st_size);
  auto ranges = data_ranges(from);
  if (!ranges)
    return ranges.error();
  ranges_ = std::move(*ranges);
  archive_entry_set_size(e, size);
  auto whole = ranges_.size() == 1 && ranges_.front().begin == 0
               && ranges_.front().end == size;
  if (!whole && size > 0) {
    for (auto [begin, end] : ranges_)
      archive_entry_sparse_add_entry(e, begin, end - begin);
    // An empty range at the end is how a file of nothing but hole is said.
    if (ranges_.empty())
      archive_entry_sparse_add_entry(e, size, 0);
  }
  return {};
}

result<void> tree_packer::add_data(const tree_entry& from) {
  int64_t at = 0;
  for (auto piece : ranges_) {
    if (auto ok = out_.skip(piece.begin - at); !ok)
      return ok;
    if (auto ok = copy(from, piece); !ok)
      return ok;
    at = piece.end;
  }
  return out_.skip(from.st.st_size - at);
}

result<void> tree_packer::pretend_data(const tree_entry& from) {
  int64_t at = 0;
  for (auto piece : ranges_) {
    if (auto ok = out_.skip(piece.begin - at); !ok)
      return ok;
    if (auto ok = out_.pretend(piece.end - piece.begin); !ok)
      return ok;
    at = piece.end;
  }
  return out_.skip(from.st.st_size - at);
}

result<void> tree_packer::copy(const tree_entry& from, byte_range what) {
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
