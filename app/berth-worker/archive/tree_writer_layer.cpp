#include "app/berth-worker/archive/tree_writer.hpp"
#include "core/content/paths.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string_view>

namespace berth::worker {

namespace {

constexpr std::string_view whiteout_prefix = ".wh.";
constexpr std::string_view opaque_marker = ".wh..wh..opq";

} // namespace

bool tree_writer::is_whiteout_name(const std::string& name) {
  return name.starts_with(whiteout_prefix);
}

result<void> tree_writer::add_fifo(archive_entry* entry,
                                   const std::string& name) {
  if (auto ok = make_room(name); !ok)
    return ok;
  if (::mkfifoat(parent_.get(), name.c_str(), mode_of(entry)) < 0)
    return errno_error(errno, "mkfifoat", name);
  auto owner = owner_of(entry);
  if (::fchownat(parent_.get(), name.c_str(), owner.uid, owner.gid,
                 AT_SYMLINK_NOFOLLOW)
      < 0)
    return errno_error(errno, "fchownat", name);
  return {};
}

result<void> tree_writer::add_whiteout(const split_path& at,
                                       const std::string& path) {
  auto make_opaque = [this](const std::string& dir) {
    if (opaque_.insert(dir).second)
      report.opaque.push_back(dir);
  };
  if (at.name == opaque_marker) {
    make_opaque(at.parent);
    return {};
  }
  auto hidden = at.name.substr(whiteout_prefix.size());
  if (hidden.starts_with(whiteout_prefix)) {
    ++report.skipped; // bookkeeping of aufs
    return {};
  }
  if (!is_inner_path(hidden))
    return make_error(ec::data_loss, "archive: a whiteout of nothing: " + path);
  // overlayfs.txt: a character device 0:0 hides the name below.
  if (::mknodat(parent_.get(), hidden.c_str(), S_IFCHR, 0) == 0)
    return {};
  if (errno != EEXIST)
    return errno_error(errno, "mknodat", hidden);
  struct stat st {};
  if (::fstatat(parent_.get(), hidden.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0
      && S_ISDIR(st.st_mode))
    make_opaque(at.parent.empty() ? hidden : at.parent + "/" + hidden);
  return {};
}

} // namespace berth::worker
