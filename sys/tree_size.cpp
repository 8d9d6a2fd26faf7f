#include "sys/tree_size.hpp"

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace berth::sys {

namespace {

/// Of a tree deeper than this, the directories above are closed and found
/// again by "..".
constexpr auto most_open_levels = size_t{64};

/// Of so many files with several names it is known that they were counted.
constexpr auto most_remembered = size_t{1} << 20;

constexpr auto bytes_per_block = uint64_t{512}; // stat(2), whatever the disk

/// A directory on the way down, and those in it that are yet to be entered.
struct measured_level {
  fd dir;
  ino_t inode = 0;
  std::vector<std::string> to_enter;
};

class tree_measure {
public:
  explicit tree_measure(const std::filesystem::path& top)
    : top_(top.native()) {}

  result<tree_size> run(fd top) {
    auto gone_on = enter(std::move(top));
    while (gone_on && !path_.empty())
      gone_on = path_.back().to_enter.empty() ? leave() : go_down();
    if (!gone_on)
      return gone_on.error();
    return size_;
  }

private:
  result<void> enter(fd dir) {
    struct stat found;
    if (::fstat(dir.get(), &found) < 0)
      return errno_error(errno, "fstat", top_);
    auto level = measured_level{std::move(dir), found.st_ino, {}};
    if (auto listed = list(level); !listed)
      return listed;
    path_.push_back(std::move(level));
    if (path_.size() > most_open_levels)
      path_[path_.size() - most_open_levels - 1].dir = fd{};
    return {};
  }

  result<void> list(measured_level& level) {
    auto own = fd{::fcntl(level.dir.get(), F_DUPFD_CLOEXEC, 0)};
    auto* raw = own ? ::fdopendir(own.get()) : nullptr;
    if (raw == nullptr)
      return errno_error(errno, "fdopendir", top_);
    (void)own.release(); // the stream's now
    auto stream = std::unique_ptr<DIR, int (*)(DIR*)>{raw, ::closedir};
    for (;;) {
      errno = 0;
      auto* entry = ::readdir(raw);
      if (entry == nullptr && errno != 0)
        return errno_error(errno, "readdir", top_);
      if (entry == nullptr)
        return {};
      auto name = std::string{entry->d_name};
      if (name != "." && name != "..")
        count(level, std::move(name));
    }
  }

  void count(measured_level& level, std::string name) {
    struct stat found;
    if (::fstatat(level.dir.get(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW)
        < 0)
      return;
    ++size_.files;
    auto is_known = found.st_nlink > 1 && !S_ISDIR(found.st_mode)
                    && counted_.size() < most_remembered
                    && !counted_.insert(found.st_ino).second;
    if (!is_known)
      size_.bytes += static_cast<uint64_t>(found.st_blocks) * bytes_per_block;
    if (S_ISDIR(found.st_mode))
      level.to_enter.push_back(std::move(name));
  }

  result<void> go_down() {
    auto name = std::move(path_.back().to_enter.back());
    path_.back().to_enter.pop_back();
    auto down = open_beneath(path_.back().dir.get(), name,
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!down)
      return {}; // gone, replaced, or of another file system
    return enter(std::move(*down));
  }

  result<void> leave() {
    auto left = std::move(path_.back());
    path_.pop_back();
    if (path_.empty() || path_.back().dir)
      return {};
    auto up
      = fd{::openat(left.dir.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    struct stat found;
    if (!up || ::fstat(up.get(), &found) < 0)
      return errno_error(errno, "openat", "..");
    if (found.st_ino != path_.back().inode)
      return make_error(ec::aborted, "measure " + top_ + ": moved meanwhile");
    path_.back().dir = std::move(up);
    return {};
  }

  std::string top_;
  std::vector<measured_level> path_;
  std::unordered_set<ino_t> counted_;
  tree_size size_;
};

} // namespace

result<tree_size> measure_tree(const std::filesystem::path& path) {
  auto top = open_directory(path);
  if (!top)
    return top.error();
  return tree_measure{path}.run(std::move(*top));
}

} // namespace berth::sys
