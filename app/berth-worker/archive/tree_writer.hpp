#pragma once

#include "app/berth-worker/archive/acl.hpp"
#include "app/berth-worker/archive/extract.hpp"
#include "app/berth-worker/beneath.hpp"

#include <sys/stat.h>

#include <set>

namespace berth::worker {

/// Makes one entry of an archive after another below a directory. The process
/// must have no umask.
class tree_writer {
public:
  tree_writer(int root, const extract_rules& rules)
    : root_(root), rules_(rules) {}

  /// `path` is an inner path, or empty for the root itself.
  result<void> add(tar_reader&, archive_entry*, const std::string& path);

  /// Gives directories their times, which writing into them changed.
  result<void> finish();

  extract_report report;

private:
  result<int> parent_of(const std::string& path);
  result<void> add_directory(archive_entry*, const std::string& path);
  result<void> add_file(tar_reader&, archive_entry*, const std::string& path,
                        const std::string& name);
  result<void> add_symlink(archive_entry*, const std::string& path,
                           const std::string& name);
  result<void> add_hard_link(const std::string& target, const std::string& path,
                             const std::string& name);
  /// Of what `fd` is open on, or what has `name` in the parent.
  result<void> tell_made(int fd, const std::string& path,
                         const std::string& link);
  result<void> tell_made(const std::string& path, const std::string& name,
                         const std::string& link);
  result<void> add_fifo(archive_entry*, const std::string& name);
  static bool is_whiteout_name(const std::string& name);
  result<void> add_whiteout(const split_path& at, const std::string& path);
  result<void> make_room(const std::string& name);
  result<void> dress(int fd, archive_entry*, const std::string& name);
  result<void> dress_xattrs(int fd, archive_entry*, const std::string& name);
  result<void> dress_acls(int fd, archive_entry*, const std::string& name);
  mode_t mode_of(archive_entry*) const;

  struct late_times {
    std::string path;
    struct timespec mtime;
  };

  int root_;
  const extract_rules& rules_;
  uint64_t offset_ = 0; ///< of the entry's header, in the tar
  sys::fd parent_; ///< of the last entry; entries come a directory at a time
  std::string parent_path_;
  bool hands_on_acls_ = false; ///< some directory may have a default one
  std::vector<late_times> directories_;
  std::set<std::string> opaque_;
};

} // namespace berth::worker
