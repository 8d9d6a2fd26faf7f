#include "sys/tree.hpp"

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

namespace berth::sys {

namespace {

struct close_dir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

using dir_stream = std::unique_ptr<DIR, close_dir>;

/// Of a tree deeper than this, the directories above are closed and found
/// again by "..".
constexpr auto max_open = size_t{64};

/// A directory on the way down.
struct level {
  std::string name;  ///< in its parent
  dir_stream stream; ///< closed where the tree is deep
  dev_t device = 0;
  ino_t inode = 0;
};

class remover {
public:
  remover(fd above, const std::filesystem::path& top)
    : above_(std::move(above)), top_(top.native()) {}

  result<void> run(const std::string& name) {
    auto gone = remove(above_.get(), name, DT_UNKNOWN);
    while (gone && !path_.empty())
      gone = step();
    return gone;
  }

private:
  /// Removes the next entry of the last directory, or leaves it.
  result<void> step() {
    auto dir = path_.back().stream.get();
    errno = 0;
    auto entry = ::readdir(dir);
    if (entry == nullptr)
      return errno != 0 ? failed("readdir", path_.back().name) : leave();
    auto name = std::string{entry->d_name};
    if (name == "." || name == "..")
      return {};
    return remove(::dirfd(dir), name, entry->d_type);
  }

  /// Removes `name` in `dir`, or enters it if it is a directory with content.
  result<void> remove(int dir, const std::string& name, int type) {
    if (type != DT_DIR) {
      if (::unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT)
        return {};
      if (errno != EISDIR)
        return failed("unlinkat", name);
    }
    if (::unlinkat(dir, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT)
      return {};
    if (errno != ENOTEMPTY && errno != EEXIST)
      return failed("unlinkat", name);
    auto down = open_beneath(dir, name, O_RDONLY | O_DIRECTORY);
    if (!down)
      return down.error();
    return enter(name, std::move(*down));
  }

  result<void> enter(const std::string& name, fd dir) {
    struct stat found;
    if (::fstat(dir.get(), &found) < 0)
      return failed("fstat", name);
    auto stream = dir_stream{::fdopendir(dir.get())};
    if (!stream)
      return failed("fdopendir", name);
    (void)dir.release(); // the stream's now
    path_.push_back({name, std::move(stream), found.st_dev, found.st_ino});
    if (path_.size() > max_open)
      path_[path_.size() - max_open - 1].stream.reset();
    return {};
  }

  /// The last directory has been emptied: removes it from the one above.
  result<void> leave() {
    auto done = std::move(path_.back());
    path_.pop_back();
    if (auto open = reopen(done); !open)
      return open;
    auto above
      = path_.empty() ? above_.get() : ::dirfd(path_.back().stream.get());
    if (::unlinkat(above, done.name.c_str(), AT_REMOVEDIR) < 0
        && errno != ENOENT)
      return failed("unlinkat", done.name);
    return {};
  }

  /// Opens the directory above `child` again if it was closed; it must still
  /// be the one that it was.
  result<void> reopen(const level& child) {
    if (path_.empty() || path_.back().stream)
      return {};
    auto& above = path_.back();
    auto up = fd{::openat(::dirfd(child.stream.get()), "..",
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    struct stat found;
    if (!up || ::fstat(up.get(), &found) < 0)
      return failed("openat", "..");
    if (found.st_dev != above.device || found.st_ino != above.inode)
      return make_error(ec::aborted, "remove " + top_ + ": moved meanwhile");
    above.stream.reset(::fdopendir(up.get()));
    if (!above.stream)
      return failed("fdopendir", above.name);
    (void)up.release();
    return {};
  }

  caf::error failed(const char* call, const std::string& name) const {
    return errno_error(errno, call, name + " in " + top_);
  }

  fd above_;
  std::string top_;
  std::vector<level> path_;
};

} // namespace

result<void> remove_tree(const std::filesystem::path& path) {
  if (!path.is_absolute() || !path.has_filename())
    return make_error(ec::invalid_argument,
                      "remove " + path.native() + ": not an absolute path");
  auto above = open_directory(path.parent_path());
  if (!above) {
    if (is_errno(above.error(), ENOENT))
      return {};
    return above.error();
  }
  return remover{std::move(*above), path}.run(path.filename().native());
}

} // namespace berth::sys
