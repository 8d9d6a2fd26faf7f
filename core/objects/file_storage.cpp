#include "core/objects/file_storage.hpp"

#include "core/log.hpp"
#include "core/objects/backup_index.hpp"
#include "core/objects/storage_mark.hpp"
#include "core/token.hpp"
#include "model/ids.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace berth {

namespace {

namespace fs = std::filesystem;

constexpr size_t manifest_limit = 1024 * 1024;

result<sys::fd> open_file(const fs::path& path, int flags) {
  auto file = sys::fd{::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW)};
  if (!file)
    return errno_error(errno, "open", path.native());
  return file;
}

result<uint64_t> length_of(const sys::fd& file) {
  struct stat st = {};
  if (::fstat(file.get(), &st) < 0)
    return errno_error(errno, "fstat", "object");
  if (!S_ISREG(st.st_mode))
    return make_error(ec::data_loss, "a stored archive is not a file");
  return static_cast<uint64_t>(st.st_size);
}

bool is_same_file(const sys::fd& file, const fs::path& path) {
  struct stat here = {}, there = {};
  return ::fstat(file.get(), &here) == 0 && ::lstat(path.c_str(), &there) == 0
         && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

class file_storage : public object_storage {
public:
  file_storage(const fs::path& root, uint32_t keep, fs::path known)
    : object_storage(staging_directory{root / ".staging"}), root_(root),
      keep_(keep), mark_(root, std::move(known)) {}

  result<std::vector<object_info>>
  generations(const object_owner& of) const override {
    if (auto valid = check_object_owner(of); !valid)
      return valid.error();
    if (auto same = mark_.check(); !same)
      return same.error();
    auto text = sys::read_file(list_path(of), manifest_limit);
    if (!text && is_errno(text.error(), ENOENT))
      return foreign_backup(of);
    if (!text)
      return text.error();
    return generations_from_json(*text);
  }

  result<opened_object> open_backup(const object_owner& of) const override {
    auto kept = generations(of);
    if (!kept)
      return kept.error();
    if (kept->empty())
      return make_error(ec::not_found, "no backup found");
    auto opened = open_known({of, kept->front().file}, kept->front());
    // Who hears that there is none begins with empty content.
    if (!opened && code_of(opened.error()) == ec::not_found)
      return make_error(ec::data_loss, describe(opened.error()));
    return opened;
  }

  result<opened_object> open(const object_name& name) const override {
    if (is_backup_file(name.file))
      return open_backup(name.of);
    if (auto valid = check_object_owner(name.of); !valid)
      return valid.error();
    if (auto same = mark_.check(); !same)
      return same.error();
    auto info = recorded(name);
    if (!info)
      return info.error();
    return open_known(name, *info);
  }

  result<object_name> publish_backup(const object_owner& of,
                                     const staged_object& staged,
                                     object_info what) override {
    auto kept = generations(of);
    if (!kept)
      return kept.error();
    auto look = [&](const archive_part& need) -> result<void> {
      if (auto part = open_part(of, need); !part)
        return part.error();
      return {};
    };
    if (auto needs = check_needs(*kept, what, look); !needs)
      return needs.error();
    if (auto adopted = adopt_foreign(of, *kept); !adopted)
      return adopted.error();
    what.file = trail_file(what.created_ns, !what.needs.empty());
    what.generation = kept->empty() ? 1 : kept->front().generation + 1;
    prune(of, *kept);
    if (auto moved = settle(of, staged, what); !moved)
      return moved.error();
    kept->insert(kept->begin(), what);
    if (kept->size() > size_t{keep_} + 1)
      kept->resize(size_t{keep_} + 1);
    auto listed = sys::replace_file(list_path(of), to_json(*kept), 0600);
    if (!listed)
      return listed.error();
    show_newest(of, what);
    prune(of, *kept);
    ::unlink(staged.path.c_str());
    return object_name{of, std::string{backup_file}};
  }

  result<object_name> publish_snapshot(const object_owner& of,
                                       const staged_object& staged,
                                       object_info what) override {
    if (auto valid = check_object_owner(of); !valid)
      return valid.error();
    if (auto same = mark_.check(); !same)
      return same.error();
    what.file = snapshot_file(what.created_ns);
    what.generation = 0;
    auto name = object_name{of, what.file};
    if (auto made = sys::make_directories(directory(of), 0700); !made)
      return made.error();
    // The manifest comes first, so that an archive is never seen without it.
    auto noted = sys::replace_file(manifest(name), to_json(what), 0600);
    if (!noted)
      return noted.error();
    if (auto moved = settle(of, staged, what); !moved)
      return moved.error();
    ::unlink(staged.path.c_str());
    return name;
  }

  result<void> publish_log(const object_owner& of, const std::string& instance,
                           const std::string& task,
                           const staged_object& staged) override {
    if (auto valid = check_object_owner(of); !valid)
      return valid;
    if (!is_valid_id(instance) || !is_valid_id(task))
      return make_error(ec::invalid_argument, "instance or task id not valid");
    if (auto same = mark_.check(); !same)
      return same;
    auto path = path_of({of, log_file(instance, task)});
    if (auto made = sys::make_directories(path.parent_path(), 0700); !made)
      return made;
    if (::fsync(staged.writer.get()) < 0)
      return errno_error(errno, "fsync", staged.path.native());
    if (::rename(staged.path.c_str(), path.c_str()) < 0)
      return errno_error(errno, "rename", path.native());
    return {};
  }

  result<void> probe() const override {
    auto root = sys::open_directory(root_);
    if (!root)
      return root.error();
    if (auto same = mark_.check(); !same)
      return same;
    auto file = staging().create("probe-" + make_uuid());
    return file ? staging().remove(*file) : result<void>{file.error()};
  }

private:
  fs::path directory(const object_owner& of) const {
    return path_of({of, ""}).parent_path();
  }

  fs::path path_of(const object_name& name) const {
    return root_ / scheme().bucket(name) / scheme().key(name);
  }

  fs::path manifest(const object_name& name) const {
    return path_of(name) += ".json";
  }

  fs::path list_path(const object_owner& of) const {
    return manifest({of, std::string{backup_file}});
  }

  /// A backup that others wrote: the only generation, digest unknown.
  result<std::vector<object_info>>
  foreign_backup(const object_owner& of) const {
    for (auto* file : {"full.tar.zst", "full.tar", "full.tar.gz"}) {
      struct stat st = {};
      if (::lstat(path_of({of, file}).c_str(), &st) < 0)
        continue;
      auto info = object_info{};
      info.file = file;
      info.bytes = static_cast<uint64_t>(st.st_size);
      info.created_ns
        = int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec;
      info.generation = 1;
      return std::vector{info};
    }
    return std::vector<object_info>{};
  }

  /// Gives a foreign backup a name of its own, so that the next one does not
  /// take its place.
  result<void> adopt_foreign(const object_owner& of,
                             std::vector<object_info>& kept) {
    if (kept.empty() || is_trail_file(kept.front().file))
      return {};
    auto from = path_of({of, kept.front().file});
    auto suffix = kept.front().file.substr(std::string_view{"full"}.size());
    auto file = "trail-" + std::to_string(kept.front().created_ns) + suffix;
    if (::link(from.c_str(), path_of({of, file}).c_str()) < 0
        && errno != EEXIST)
      return errno_error(errno, "link", from.native());
    kept.front().file = file;
    return {};
  }

  result<object_info> recorded(const object_name& name) const {
    if (is_trail_file(name.file)) {
      auto kept = generations(name.of);
      if (!kept)
        return kept.error();
      for (const auto& info : *kept)
        if (info.file == name.file)
          return info;
      return make_error(ec::not_found, "no backup " + scheme().qualified(name));
    }
    auto text = sys::read_file(manifest(name), manifest_limit);
    if (text)
      return object_info_from_json(*text);
    if (!is_errno(text.error(), ENOENT))
      return text.error();
    auto unknown = object_info{};
    unknown.file = name.file;
    return unknown;
  }

  result<opened_object> open_known(const object_name& name,
                                   object_info info) const {
    auto file = open_file(path_of(name), O_RDONLY);
    if (!file && is_errno(file.error(), ENOENT))
      return make_error(ec::not_found,
                        "no stored archive " + scheme().qualified(name));
    if (!file)
      return file.error();
    auto length = length_of(*file);
    if (!length)
      return length.error();
    if (!info.sha256.empty() && *length != info.bytes)
      return make_error(ec::data_loss,
                        scheme().qualified(name)
                          + " has not the length it was stored with");
    info.bytes = *length;
    auto out = opened_object{std::move(*file), std::move(info)};
    for (const auto& need : out.info.needs) {
      auto part = open_part(name.of, need);
      if (!part)
        return part.error();
      out.parts.push_back(std::move(*part));
    }
    return out;
  }

  result<sys::fd> open_part(const object_owner& of,
                            const archive_part& need) const {
    auto name = object_name{of, need.file};
    auto part = open_file(path_of(name), O_RDONLY);
    if (!part && !is_errno(part.error(), ENOENT))
      return part;
    auto length = part ? length_of(*part) : uint64_t{0};
    if (!length)
      return length.error();
    if (!part || *length != need.bytes)
      return not_whole(scheme().qualified(name));
    return part;
  }

  /// Checks what berthd can check itself, and gives the archive its name. The
  /// one it was staged under stays until it is published: who is interrupted
  /// finds it there and does it all again.
  result<void> settle(const object_owner& of, const staged_object& staged,
                      const object_info& what) {
    auto length = length_of(staged.reader);
    if (!length)
      return length.error();
    if (*length != what.bytes)
      return make_error(ec::data_loss,
                        "an archive has not its reported length");
    if (::fsync(staged.writer.get()) < 0)
      return errno_error(errno, "fsync", staged.path.native());
    auto made = sys::make_directories(directory(of), 0700);
    if (!made)
      return made;
    auto to = path_of({of, what.file});
    if (::link(staged.path.c_str(), to.c_str()) < 0
        && (errno != EEXIST || !is_same_file(staged.reader, to)))
      return errno_error(errno, "link", to.native());
    return sys::sync_directory(to.parent_path());
  }

  /// Only for other readers of the layout: ours go by the list, so a failure
  /// here loses nothing.
  void show_newest(const object_owner& of, const object_info& what) const {
    auto shown = path_of({of, std::string{backup_file}});
    auto fresh = fs::path{shown} += ".new";
    ::unlink(fresh.c_str());
    // What others cannot read is not shown, and what is outdated no more.
    if (!what.needs.empty())
      ::unlink(shown.c_str());
    else if (::link(path_of({of, what.file}).c_str(), fresh.c_str()) < 0
             || ::rename(fresh.c_str(), shown.c_str()) < 0)
      log_warning("backup-link-failed", of.meta_id,
                  describe(errno_error(errno, "link", shown.native())));
    for (auto* foreign : {"full.tar", "full.tar.gz"})
      ::unlink(path_of({of, foreign}).c_str());
  }

  /// Removes backups that the list does not name: outdated ones, and what a
  /// crash left between two steps.
  void prune(const object_owner& of,
             const std::vector<object_info>& kept) const {
    auto err = std::error_code{};
    for (const auto& entry : fs::directory_iterator{directory(of), err}) {
      auto file = entry.path().filename().native();
      if (is_trail_file(file) && !is_needed(kept, file))
        ::unlink(entry.path().c_str());
    }
  }

  fs::path root_;
  uint32_t keep_;
  storage_mark mark_;
};

} // namespace

std::unique_ptr<object_storage>
make_file_storage(const fs::path& root, uint32_t keep, fs::path known) {
  return std::make_unique<file_storage>(root, keep, std::move(known));
}

} // namespace berth
