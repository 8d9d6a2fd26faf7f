#include "app/berth-worker/archive/tree_walk.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string_view>

namespace berth::worker {

namespace {

struct named {
  std::string name;
  unsigned char type;
};

struct level {
  sys::fd dir;
  std::string path;
  std::vector<named> entries; ///< last one first
};

struct close_directory {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

result<std::vector<named>> sorted_entries(int dir) {
  auto raw = ::openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (raw < 0)
    return errno_error(errno, "openat", ".");
  auto stream = std::unique_ptr<DIR, close_directory>{::fdopendir(raw)};
  if (!stream) {
    auto err = errno_error(errno, "fdopendir", ".");
    ::close(raw);
    return err;
  }
  auto out = std::vector<named>{};
  errno = 0;
  while (auto* entry = ::readdir(stream.get())) {
    auto name = std::string_view{entry->d_name};
    if (name != "." && name != "..")
      out.push_back({std::string{name}, entry->d_type});
    errno = 0;
  }
  // readdir(3): the end and an error differ in errno only.
  if (errno != 0)
    return errno_error(errno, "readdir", ".");
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.name > b.name; });
  return out;
}

bool is_gone(const caf::error& why) {
  return is_errno(why, ENOENT) || is_errno(why, ESTALE);
}

/// How to open it, by what readdir(3) says it is; nothing for what is left out.
std::optional<int> open_flags(unsigned char type) {
  switch (type) {
    case DT_REG: return O_RDONLY | O_NONBLOCK | O_NOCTTY;
    case DT_DIR: return O_RDONLY | O_DIRECTORY | O_NONBLOCK;
    case DT_LNK: return O_PATH;
    default: return std::nullopt;
  }
}

bool is_pipe_or_device(unsigned char type) {
  return type == DT_FIFO || type == DT_CHR || type == DT_BLK;
}

unsigned char type_of(int dir, const named& entry) {
  if (entry.type != DT_UNKNOWN)
    return entry.type;
  // O_PATH and not fstatat(2): a mount may hang when asked.
  auto fd = open_beneath(dir, entry.name, O_PATH);
  struct stat st {};
  if (!fd || ::fstat(fd->get(), &st) < 0)
    return DT_UNKNOWN;
  return static_cast<unsigned char>(IFTODT(st.st_mode));
}

/// Nothing: there is nothing (any more) that belongs into an archive.
result<std::optional<sys::fd>> open_entry(int dir, const named& entry,
                                          int flags, struct stat& st) {
  auto fd = open_beneath(dir, entry.name, flags);
  if (!fd) {
    // ELOOP, ENOTDIR, ENXIO: it became something else since readdir(3).
    for (auto err : {EXDEV, ELOOP, ENOTDIR, ENXIO})
      if (is_errno(fd.error(), err))
        return std::nullopt;
    if (is_gone(fd.error()))
      return std::nullopt;
    return fd.error();
  }
  if (::fstat(fd->get(), &st) < 0)
    return errno_error(errno, "fstat", entry.name);
  if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
    return std::nullopt;
  return std::move(*fd);
}

} // namespace

result<uint64_t>
walk_tree(int root,
          const std::function<result<void>(const tree_entry&)>& visit) {
  auto levels = std::vector<level>{};
  auto left_out = uint64_t{0};
  auto push = [&](sys::fd dir, std::string path) -> result<void> {
    auto entries = sorted_entries(dir.get());
    if (!entries)
      return is_gone(entries.error()) ? result<void>{} : entries.error();
    levels.push_back({std::move(dir), std::move(path), std::move(*entries)});
    return {};
  };
  auto top = open_beneath(root, "", O_RDONLY | O_DIRECTORY);
  if (!top)
    return top.error();
  if (auto ok = push(std::move(*top), ""); !ok)
    return ok.error();
  while (!levels.empty()) {
    auto& here = levels.back();
    if (here.entries.empty()) {
      levels.pop_back();
      continue;
    }
    auto name = std::move(here.entries.back());
    here.entries.pop_back();
    auto entry = tree_entry{};
    auto type = type_of(here.dir.get(), name);
    auto flags = open_flags(type);
    if (!flags) {
      left_out += is_pipe_or_device(type);
      continue;
    }
    auto fd = open_entry(here.dir.get(), name, *flags, entry.st);
    if (!fd)
      return fd.error();
    if (!*fd)
      continue;
    entry.path = here.path.empty() ? name.name : here.path + "/" + name.name;
    entry.fd = (*fd)->get();
    if (auto ok = visit(entry); !ok)
      return ok.error();
    if (S_ISDIR(entry.st.st_mode))
      if (auto ok = push(std::move(**fd), std::move(entry.path)); !ok)
        return ok.error();
  }
  return left_out;
}

} // namespace berth::worker
